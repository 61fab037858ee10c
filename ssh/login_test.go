package ssh

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// words has a real shell split a line.
func words(t *testing.T, line string) []string {
	t.Helper()
	out, err := exec.Command("sh", "-c", `for w in `+line+`; do printf '%s\0' "$w"; done`).Output()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func TestLoginLine(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		dir, jump, loginJump string
		want                 []string
	}{
		"plain":                         {dir: "a"},
		"names that a shell would read": {dir: `it's $HOME "x" %h`},
		"jump on this machine": {dir: "a", jump: "spot@127.0.0.1:2222", want: []string{
			"-o", "ProxyCommand=ssh -i KEY -o IdentitiesOnly=yes -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR -p 2222 spot@127.0.0.1 -W '[%h]:%p'",
		}},
		"a bastion": {dir: "a", jump: "ec2-user@bastion", want: []string{
			"-o", "ProxyCommand=ssh -i KEY -o IdentitiesOnly=yes -o UserKnownHostsFile=HOSTS -p 22 ec2-user@bastion -W '[%h]:%p'",
		}},
		"another one to show": {dir: "a", loginJump: "spot@127.0.0.1:1", want: []string{
			"-o", "ProxyCommand=ssh -i KEY -o IdentitiesOnly=yes -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR -p 1 spot@127.0.0.1 -W '[%h]:%p'",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), tc.dir)
			key, hosts := filepath.Join(dir, "key"), filepath.Join(dir, "known_hosts")
			must(GenerateKey(key))
			c := must(New(Options{PrivateKeyFile: key, KnownHostsFile: hosts, Jump: tc.jump, LoginJump: tc.loginJump}))
			defer c.Close()
			got := words(t, c.LoginLine(fleet.Target{Instance: "i-0123", Host: "192.0.2.1", User: "ubuntu"}))
			key, hosts = percent(key), percent(hosts)
			if strings.ContainsAny(hosts, " '\"") {
				hosts = `"` + strings.ReplaceAll(hosts, `"`, `\"`) + `"`
			}
			want := []string{"ssh", "-i", key, "-o", "IdentitiesOnly=yes", "-o", "UserKnownHostsFile=" + hosts, "-o", "HostKeyAlias=i-0123"}
			for _, w := range tc.want {
				want = append(want, strings.NewReplacer("KEY", key, "HOSTS", hosts).Replace(w))
			}
			want = append(want, "-p", "22", "ubuntu@192.0.2.1")
			if !slices.Equal(got, want) {
				t.Errorf("\n got %q\nwant %q", got, want)
			}
		})
	}
}

func TestQuoteSurvivesAShell(t *testing.T) {
	t.Parallel()
	all := append(trickyNames(), "", "'", "''", `\`, "a\nb", "$(id)", "plain")
	if got := words(t, fleet.QuoteAll(all)); !slices.Equal(got, all) {
		t.Errorf("%q", got)
	}
}
