package fleet

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// FirstBoot is what an instance does by itself at its first boot, through
// cloud-init: how a fleet that AWS keeps is set up while nobody watches.
type FirstBoot struct {
	Files []BootFile `json:"files,omitempty"`
	Run   [][]string `json:"run,omitempty"`
}

const bootDir = "/etc/spot-tui/"

// bootRunner runs the jobs one after the other as the login, and ends with the
// status of the first that fails: cloud-init then says so too. Each is a job as
// over SSH (job.go), so that whoever looks later finds its output and its status.
const bootRunner = `#!/bin/sh
# Written by spot-tui: sets this instance up at its first boot.
cd ` + bootDir + ` || exit
as() { sudo -n -H -u "$LOGIN" "$@"; }
job() {
  as sh ` + bootDir + `job-start "$1" "$2" "$3" < "$1" && as sh ` + bootDir + `job-read "$1" 0
}
`

// bootJob is a script that a first boot runs, and the step's key as the pipeline
// knows it.
type bootJob struct{ name, key, script string }

// firstBoot composes what the provisioning comes to without a connection: the
// packages and the setup script. It is empty where neither is asked for.
func firstBoot(spec ProvisionSpec, login string) FirstBoot {
	if !spec.Enabled {
		return FirstBoot{}
	}
	var jobs []bootJob
	if len(spec.Packages) > 0 {
		jobs = append(jobs, bootJob{"packages", stepKey("packages", spec.Packages), packageScript(spec.Packages)})
	}
	if spec.Setup != "" {
		jobs = append(jobs, bootJob{"setup", stepKey("setup", spec.Setup), spec.Setup})
	}
	if len(jobs) == 0 {
		return FirstBoot{}
	}
	var run strings.Builder
	run.WriteString(strings.Replace(bootRunner, `"$LOGIN"`, Quote(login), 1))
	b := FirstBoot{Files: []BootFile{
		{bootDir + "job-start", "0644", jobStart + "\n"},
		{bootDir + "job-read", "0644", jobRead + "\n"},
	}}
	for _, j := range jobs {
		// Only root reads it: what a setup script does is not everybody's on the host.
		b.Files = append(b.Files, BootFile{bootDir + j.name, "0600", j.script})
		run.WriteString("job " + QuoteAll([]string{j.name, j.key, strconv.Itoa(len(j.script))}) + " || exit\n")
	}
	b.Files = append(b.Files, BootFile{bootDir + "first-boot", "0755", run.String()})
	b.Run = [][]string{{"sh", bootDir + "first-boot"}}
	return b
}

// longestKey is more than any line of an authorized_keys file that is in use:
// RSA of 8192 bits has 1400 characters.
const longestKey = 1500

// FirstBootFits says whether the provisioning fits what EC2 takes as user data,
// with room for any key. The error says by how much it does not.
func FirstBootFits(spec ProvisionSpec) error {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // only a key's worth of text that can't be compressed, the same each time
	key := make([]byte, longestKey)
	for i := range key {
		key[i] = letters[r.IntN(len(letters))]
	}
	_, err := UserData(TemplateRequest{PublicKey: string(key), EndsAt: time.Unix(1<<31, 0), FirstBoot: firstBoot(spec, strings.Repeat("u", 32))})
	return err
}
