package host

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCommands(t *testing.T) {
	t.Parallel()
	c := dial(t, newHost(t))
	for line, want := range map[string]string{
		"printf 'b\\na\\nb\\n' | sort | uniq -c":                                         "      1 a\n      2 b\n",
		"printf '10 x\\n9 y\\n' | sort -n":                                               "9 y\n10 x\n",
		"printf 'a:1\\nb:0\\n' | sort -t: -k2":                                           "b:0\na:1\n",
		"printf 'x,y,z\\n' | cut -d, -f1,3":                                              "x,z\n",
		"echo hello | cut -c2-3":                                                         "el\n",
		"echo Hello | tr -d l | tr '[:lower:]' '[:upper:]'":                              "HEO\n",
		"echo aabb | tr -s ab":                                                           "ab\n",
		"seq 5 | head -n 2; seq 5 | tail -n 2; seq 5 | tail -n +4; seq 3 | head -1":      "1\n2\n4\n5\n4\n5\n1\n",
		"seq 5 | head -n -3":                                                             "1\n2\n",
		"printf abc | wc -c; printf 'a b\\nc' | wc":                                      "3\n      1       3       5\n",
		"echo abc > f; wc -l f; wc -l < f":                                               "1 f\n1\n",
		"printf 'foo\\nbar\\n' | grep -v foo; printf 'a+b\\n' | grep 'a+b'":              "bar\na+b\n",
		"printf 'aab\\n' | grep -oE 'a+'; echo x | grep -c y":                            "aa\n0\n",
		"mkdir -p a/b; touch a/1 a/b/2; find a -type f -name '[0-9]' | sort":             "a/1\na/b/2\n",
		"mkdir -p a/b; find a -maxdepth 1 -type d":                                       "a\na/b\n",
		"mkdir k; touch k/x; find k -name x -exec echo found {} ';'":                     "found k/x\n",
		"echo x > f; cp f g; mv g h; ls; cat h":                                          "f\nh\nx\n",
		"mkdir d; touch d/x; cp -r d e; rm -r d; ls e":                                   "x\n",
		"mkdir d; rmdir d; ls":                                                           "",
		"ln -s target l; readlink l; ls -l l | cut -c1":                                  "target\nl\n",
		"echo 1 > a; ln a b; echo 2 > a; cat b; stat -c %h b":                            "2\n2\n",
		"touch -d '2024-02-03 04:05:06' f; stat -c %Y f; date -d @0 +%F":                 "1706933106\n1970-01-01\n",
		"touch f; chmod 640 f; stat -c '%a %U' f; chmod u+x,go= f; ls -l f | cut -c1-10": "640 ubuntu\n-rwx------\n",
		"basename /a/b.txt .txt; dirname /a/b; dirname /a; dirname a":                    "b\n/a\n/\n.\n",
		"d=$(mktemp -d); test -d $d && case $d in /tmp/tmp.*) echo ok;; esac":            "ok\n",
		"echo -n hello | sha256sum":                                                      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  -\n",
		"echo hi | base64; echo aGkK | base64 -d":                                        "aGkK\nhi\n",
		"echo hi | gzip | gunzip; echo x > f; gzip f; zcat f.gz; ls":                     "hi\nx\nf.gz\n",
		"uname -sm; nproc; arch":                                                         "Linux x86_64\n2\nx86_64\n",
		"env -i A=1 env; env -u HOME printenv HOME":                                      "A=1\n",
		"seq -s, 3; seq 3 -1 1 | tr '\\n' ' '; seq -w 9 10":                              "1,2,3\n3 2 1 09\n10\n",
		"echo a | tee f g; cat f g":                                                      "a\na\na\n",
		"dd if=/dev/zero of=z bs=1K count=3 2>/dev/null; stat -c %s z":                   "3072\n",
		"head -c 5 /dev/zero | wc -c":                                                    "5\n",
		"echo a > f; sudo chown root f; sudo chmod 600 f; cat f; sudo cat f":             "a\n",
		"printf '%s\\n' 'a b' c | xargs -I{} echo '<{}>'":                                "<a b>\n<c>\n",
		"which tar nothing; echo $?":                                                     "/usr/bin/tar\n1\n",
		"systemctl is-active ssh; systemctl is-active nope; echo $?":                     "active\ninactive\n3\n",
		"systemctl is-system-running; cloud-init status":                                 "running\nstatus: done\n",
		"nohup true; setsid echo x; nice -n 5 echo y; ulimit -n":                         "x\ny\nunlimited\n",
		"[ -x /usr/bin/curl ] && [ ! -e /usr/bin/docker ] && echo ok":                    "ok\n",
		"sudo rm /usr/bin/wget; wget; echo $?":                                           "127\n",
		"cat /proc/loadavg | wc -w; grep -c MemAvailable /proc/meminfo":                  "5\n1\n",
		"sudo -u ubuntu whoami; sudo -n true && echo ok":                                 "ubuntu\nok\n",
		"tail -c 3 <<< abcdef; rev <<< abc; seq 2 | tac":                                 "ef\ncba\n2\n1\n",
		"install -m 600 /etc/hostname i; stat -c %a i; du -sb i | cut -f1":               "600\n14\n",
		"echo a > f; echo b > g; cmp -s f g; echo $?; cmp f f; echo $?":                  "1\n0\n",
	} {
		got := run(t, c, "cd; rm -rf w; mkdir w; cd w\n"+line, "")
		if got.out != want {
			t.Errorf("%s\n got %q (%q)\nwant %q", line, got.out, got.err, want)
		}
	}
}

func TestOutputsThatLookReal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		c := dial(t, h)
		<-time.After(3*time.Hour + 7*time.Minute)
		for line, want := range map[string]string{
			"uptime":                  `^ \d\d:\d\d:\d\d up  3:07,  0 users,  load average: \d\.\d\d, \d\.\d\d, \d\.\d\d\n$`,
			"free -m":                 `(?m)^Mem: +4096 +\d+ +\d+`,
			"df -h /":                 `(?m)^/dev/root +8\.0G +1\.9G +6\.1G +24% /$`,
			"cat /proc/uptime":        `^11220\.\d\d \d+\.\d\d\n$`,
			"ps aux":                  `(?m)^root +1 +0 .*/sbin/init$`,
			"date -u +%Y-%m-%dT%H:%M": `^2000-01-01T03:07\n$`,
			"uname -a":                `^Linux ip-172-31-5-6 6\.8\.0-1031-aws .*x86_64 GNU/Linux\n$`,
			"journalctl -n 5":         `systemd\[1\]: Reached target`,
			"ls -la ~":                `(?m)^drwx------ \d+ ubuntu ubuntu +4096 .* \.ssh$`,
			"sudo apt-get update":     `apt-get update`,
			"ls /usr/bin | wc -l":     `^\d{3}\n$`,
		} {
			if got := run(t, c, line, ""); !regexp.MustCompile(want).MatchString(got.out) {
				t.Errorf("%s gave %q, %q", line, got.out, got.err)
			}
		}
		if got := run(t, c, "apt-get install -y x", ""); got.status != 100 || !strings.Contains(got.err, "are you root?") {
			t.Errorf("apt-get without root: %+v", got)
		}
		c.Close()
	})
}

func TestMetadataService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var notice time.Time
		h := newHost(t, func(o *Options) {
			o.Notice = func() (time.Time, bool) { return notice, !notice.IsZero() }
			o.UserData = []byte("#cloud-config\n{}\n")
		})
		c := dial(t, h)
		const token = `T=$(curl -sf -X PUT http://169.254.169.254/latest/api/token -H 'X-aws-ec2-metadata-token-ttl-seconds: 60'); `
		const get = `curl -sf -H "X-aws-ec2-metadata-token: $T" http://169.254.169.254/latest/`
		for path, want := range map[string]result{
			"meta-data/instance-id":                 {out: "i-0123456789abcdef0"},
			"meta-data/public-ipv4":                 {out: "203.0.113.9"},
			"meta-data/placement/availability-zone": {out: "us-west-2b"},
			"meta-data/placement/":                  {out: "availability-zone\nregion"},
			"meta-data/spot/instance-action":        {status: 22},
			"meta-data/nothing":                     {status: 22},
			"user-data":                             {out: "#cloud-config\n{}\n"},
		} {
			if got := run(t, c, token+get+path, ""); got != want {
				t.Errorf("%s gave %+v", path, got)
			}
		}
		notice = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		if got := run(t, c, token+get+"meta-data/spot/instance-action", ""); got.out != `{"action": "terminate", "time": "2026-01-02T03:04:05Z"}` {
			t.Errorf("the notice reads %+v", got)
		}
		for line, want := range map[string]result{
			"curl -s http://169.254.169.254/latest/meta-data/instance-id -o /dev/null -w '%{http_code}'": {out: "401"},
			"curl -sS https://example.com/":                {err: "curl: (6) Could not resolve host: example.com\n", status: 6},
			"curl -s http://localhost:8080":                {status: 7},
			"wget -q https://example.com/x":                {err: "wget: unable to resolve host address ‘example.com’\n", status: 4},
			"curl -sS https://get.example/install.sh | sh": {err: "curl: (6) Could not resolve host: get.example\n"},
			"git clone https://example.com/x 2>/dev/null":  {status: 128},
		} {
			if got := run(t, c, line, ""); got != want {
				t.Errorf("%s gave %+v", line, got)
			}
		}
		c.Close()
		h.Close()
	})
}

// TestTheEndTimer boots with user data like the fleet's own: a persistent timer
// at an absolute time whose script turns the instance off.
func TestTheEndTimer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		end := time.Now().Add(90 * time.Minute).UTC()
		var off time.Time
		h := newHost(t, func(o *Options) {
			o.OnShutdown = func() { off = time.Now() }
			o.UserData = fmt.Appendf(nil, "#cloud-config\n"+`{"write_files":[
{"path":"/etc/spot-tui/end.sh","permissions":"0755","content":"#!/bin/sh\n[ \"$(date +%%s)\" -lt %d ] || exec systemctl poweroff\n"},
{"path":"/etc/systemd/system/end.service","permissions":"0644","content":"[Service]\nType=oneshot\nExecStart=/bin/sh /etc/spot-tui/end.sh\n"},
{"path":"/etc/systemd/system/end.timer","permissions":"0644","content":"[Timer]\nOnCalendar=%s\nOnBootSec=1min\nPersistent=true\n"}],
"runcmd":[["systemctl","daemon-reload"],["systemctl","enable","--now","end.timer"]]}`, end.Unix(), end.Format("2006-01-02 15:04:05 UTC"))
		})
		c := dial(t, h)
		if got := run(t, c, "sleep 300; systemctl is-active end.timer; stat -c %a /etc/spot-tui/end.sh", ""); got.out != "active\n755\n" {
			t.Errorf("after boot: %+v", got)
		}
		synctest.Wait()
		if !off.IsZero() {
			t.Fatal("the instance ended a minute after boot")
		}
		run(t, c, "sleep 7200", "")
		synctest.Wait()
		if late := off.Sub(end); off.IsZero() || late < 0 || late > 2*time.Second {
			t.Errorf("the instance ended at %v, its end is %v", off, end)
		}
		c.Close()
		h.Close()
	})
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]time.Duration{
		"sudo shutdown -h now":    shutdownDelay,
		"sudo poweroff":           shutdownDelay,
		"sudo reboot":             shutdownDelay,
		"sudo systemctl poweroff": shutdownDelay,
		"sudo shutdown +5":        5 * time.Minute,
		"sudo systemd-run --on-active=1h shutdown now":            time.Hour + shutdownDelay,
		"sudo shutdown +5; sudo shutdown -c":                      0,
		"shutdown now":                                            0,
		"echo 'sudo poweroff' > s; sh s":                          shutdownDelay,
		"nohup sh -c 'sleep 60; sudo poweroff' >/dev/null 2>&1 &": time.Minute + shutdownDelay,
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var after time.Duration
				h := newHost(t, func(o *Options) { o.OnShutdown = func() { after = time.Since(start) } })
				c := dial(t, h)
				run(t, c, line, "")
				<-time.After(2 * time.Hour)
				synctest.Wait()
				if after != want {
					t.Errorf("off after %v, want %v", after, want)
				}
				c.Close()
				h.Close()
			})
		})
	}
}

func TestUserData(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, data := range map[string]string{
			"script": "#!/bin/bash\nset -e\necho from boot > /root-made\nid -un >> /root-made\n",
			"config": "#cloud-config\nssh_authorized_keys:\n  - " + strings.TrimSpace(testOptions(t).AuthorizedKeys[0]) +
				"\nruncmd:\n  - echo from boot > /root-made\n  - [sh, -c, 'id -un >> /root-made']\n",
		} {
			h := newHost(t, func(o *Options) {
				o.UserData = []byte(data)
				if name == "config" {
					o.AuthorizedKeys = nil
				}
			})
			c := dial(t, h)
			if got := run(t, c, "sleep 5; cat /root-made", ""); got.out != "from boot\nroot\n" {
				t.Errorf("%s: %+v", name, got)
			}
			c.Close()
			h.Close()
		}
	})
	o := testOptions(t)
	o.UserData = []byte("#cloud-config\n\t- broken: [\n")
	if _, err := New(o); err == nil {
		t.Error("broken user data made a host")
	}
}
