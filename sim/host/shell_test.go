package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestShellLanguage(t *testing.T) {
	t.Parallel()
	c := dial(t, newHost(t))
	for line, want := range map[string]string{
		// Pipelines, in memory.
		"seq 3 | sort -r | tr '\\n' ' '":                                     "3 2 1 ",
		"echo a | cat | cat | cat | cat":                                     "a\n",
		"yes | head -2":                                                      "y\ny\n",
		"echo one | while read x; do echo got $x; done":                      "got one\n",
		"printf 'a b\\nc d\\n' | while read x y; do echo $y$x; done":         "ba\ndc\n",
		"x=1; echo 2 | read x; echo $x":                                      "1\n",
		"echo err >&2 | cat":                                                 "",
		"ls /nope |& wc -l":                                                  "1\n",
		"for i in 1 2 3; do echo $i; done | tail -1":                         "3\n",
		"f() { cat | tr a b; }; echo aaa | f":                                "bbb\n",
		"while true; do echo x; done | head -1":                              "x\n",
		"echo $(echo a | tr a b; echo c | tr c d)":                           "b d\n",
		"(echo a; echo b) | (read x; read y; echo $y$x)":                     "ba\n",
		"a=(1 2 3); printf '%s,' \"${a[@]}\" | cat":                          "1,2,3,",
		"if echo x | grep -q x; then echo yes; fi":                           "yes\n",
		"! echo x | grep -q y; echo $?":                                      "0\n",
		"false | true; echo $?; set -o pipefail; false | true; echo $?":      "0\n1\n",
		"set -o pipefail; (exit 3) | cat; echo $?":                           "3\n",
		"set -o pipefail; { echo a; exit 4; } | cat; echo $?":                "a\n4\n",
		"set -e; echo a | grep -q b || echo no; echo on":                     "no\non\n",
		"set -eo pipefail; false | cat; echo unreached":                      "",
		"eval 'echo hi | tr h j'":                                            "ji\n",
		"eval \"cat <<'E'\n\\$x \\\"q\\\"\nE\n\"":                            "$x \"q\"\n",
		"bash -c 'echo $0 $1 | cat' name arg":                                "name arg\n",
		"sh -c 'echo a; exit 5'; echo $?":                                    "a\n5\n",
		"bash -s one two <<'E'\necho $2\nread x\ninput line\necho got $x\nE": "two\ngot input line\n",
		// Here-documents and redirections.
		"x=v; cat <<E\n$x \"q\" \\$x `echo s` $((1+1))\nE":                                   "v \"q\" $x s 2\n",
		"cat <<'E'\n$x `no` \\ \"q\" 'p'\nE":                                                 "$x `no` \\ \"q\" 'p'\n",
		"cat <<-E\n\t\ta\n\tb\n\tE":                                                          "a\nb\n",
		"cat <<< \"a b\"":                                                                    "a b\n",
		"cat <<E | tr a-z A-Z\nup\nE":                                                        "UP\n",
		"echo a > f; echo b >> f; cat < f":                                                   "a\nb\n",
		"echo x > ~/t; cat /home/ubuntu/t":                                                   "x\n",
		"{ echo out; echo err >&2; } > both 2>&1; cat both":                                  "out\nerr\n",
		"{ echo out; echo err >&2; } &> all; cat all":                                        "out\nerr\n",
		"{ echo out; echo err >&2; } 2>&1 >/dev/null | cat":                                  "err\n",
		"exec 3> three; echo a >&3; exec 3>&-; cat three":                                    "a\n",
		"exec 4< /etc/hostname; read x <&4; echo $x":                                         "ip-172-31-5-6\n",
		"exec > log 2>&1; echo logged; ls /nope; exec > /dev/stderr; true":                   "",
		"echo a > p1; while read l; do echo $l; done < p1":                                   "a\n",
		"echo x > g; echo $(<g)":                                                             "x\n",
		"read -r x y <<< 'a\\b c d'; echo \"$x|$y\"":                                         "a\\b|c d\n",
		"IFS=: read a b <<< 'x:y:z'; echo $b":                                                "y:z\n",
		"mapfile -t l <<< $'a\\nb'; echo ${#l[@]} ${l[1]}":                                   "2 b\n",
		"printf 'a\\0b\\0' | while IFS= read -r -d '' x; do echo \"[$x]\"; done":             "[a]\n[b]\n",
		"set -- a b c; shift; echo $# $1":                                                    "2 b\n",
		"umask 077; mkdir m; touch m/f; stat -c %a m m/f":                                    "700\n600\n",
		"case abc in a*) echo star;; esac":                                                   "star\n",
		"[[ abc =~ ^a(.)c$ ]] && echo ${BASH_REMATCH[1]}":                                    "b\n",
		"source /dev/null; echo 'y=5; echo $1' > s.sh; . ./s.sh arg; echo $y":                "arg\n5\n",
		"trap 'echo t | cat' EXIT INT TERM; true":                                            "t\n",
		"f() { local v=1; echo $v; }; f; type -t f; command -v f; command -v tar":            "1\nfunction\nf\n/usr/bin/tar\n",
		"command -v docker || echo none":                                                     "none\n",
		"echo ~ ~/x ~root ~root/y ~nobody":                                                   "/home/ubuntu /home/ubuntu/x /root /root/y ~nobody\n",
		"sleep 0 & wait; echo done":                                                          "done\n",
		"cd /tmp && pwd && cd - > /dev/null && pwd":                                          "/tmp\n/home/ubuntu\n",
		"mkdir -p g1; touch g1/a.x g1/b.x; echo g1/*.x":                                      "g1/a.x g1/b.x\n",
		"echo '#!/bin/sh\necho script $1' > r.sh; chmod +x r.sh; ./r.sh a; sh r.sh b":        "script a\nscript b\n",
		"echo '#!/usr/bin/env bash\necho $BASHPID > /dev/null; echo e' > e; chmod +x e; ./e": "e\n",
		"sudo sh -c 'echo x > /etc/new; cat /etc/new'; cat /etc/new":                         "x\nx\n",
		"X=1 sudo -E env | grep ^X=":                                                         "X=1\n",
		"sudo X=2 printenv X":                                                                "2\n",
		"echo a b c | xargs -n1 echo":                                                        "a\nb\nc\n",
		"echo 'echo from stdin; exit 3' | bash; echo $?":                                     "from stdin\n3\n",
		"timeout 5 echo ok":                                                                  "ok\n",
	} {
		got := run(t, c, "rm -rf d; mkdir d; cd d\n"+strings.ReplaceAll(line, "/home/ubuntu/t", "/home/ubuntu/t"), "")
		if line == "cd /tmp && pwd && cd - > /dev/null && pwd" {
			want = "/tmp\n/home/ubuntu/d\n"
		}
		if got.out != want {
			t.Errorf("%s\n got %q (%d, %q)\nwant %q", line, got.out, got.status, got.err, want)
		}
	}
}

func TestStdinReachesCommands(t *testing.T) {
	t.Parallel()
	c := dial(t, newHost(t))
	for line, want := range map[string]string{
		"cat":                             "line 1\nline 2\n",
		"read a; cat":                     "line 2\n",
		"sh -c 'read a; read b; echo $b'": "line 2\n",
		"umask 077 && mkdir -p x && cat > x/f && chmod 700 x/f && cat x/f": "line 1\nline 2\n",
		"if true; then cat; fi | wc -l":                                    "2\n",
		"( cat )":                                                          "line 1\nline 2\n",
		"sudo tee /root/f":                                                 "line 1\nline 2\n",
		"cat & wait":                                                       "",
	} {
		if got := run(t, c, line, "line 1\nline 2\n"); got.out != want {
			t.Errorf("%s\n got %+v\nwant %q", line, got, want)
		}
	}
}

// TestNothingTouchesTheRealHost asks the simulated shell in every way we know
// for what is on the machine that runs the test.
func TestNothingTouchesTheRealHost(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("of the real machine\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	fake := filepath.Join(dir, "realprogram")
	if err := os.WriteFile(fake, []byte("#!/bin/sh\necho of the real machine\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("REAL_SECRET", "of the real machine")
	t.Setenv("TMPDIR", dir)
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	real, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, newHost(t))
	for _, probe := range []string{
		"cat SECRET", "cat < SECRET", "echo $(<SECRET)", "read x < SECRET; echo $x", ". SECRET", "source SECRET", "bash SECRET",
		"mapfile -t a < SECRET; echo $a", "exec 3< SECRET; cat <&3", "while read l; do echo $l; done < SECRET", "sudo cat SECRET",
		"test -e SECRET && echo of the real machine", "[ -f SECRET ] && echo of the real machine", "[[ -r SECRET ]] && echo of the real machine",
		"[ -O SECRET ] && echo of the real machine", "[[ -O DIR ]] && echo of the real machine", "[ -w DIR ] && echo of the real machine",
		"[ DIR -ef DIR ] && echo of the real machine", "echo DIR/s*", "cd DIR && echo of the real machine", "pushd DIR && echo of the real machine",
		"ls DIR", "find DIR", "DIR/realprogram", "exec DIR/realprogram", "command DIR/realprogram", "realprogram", "exec realprogram",
		"command realprogram", "sudo DIR/realprogram", "env realprogram", "type realprogram && echo of the real machine",
		"command -v realprogram && echo of the real machine", "hash realprogram; realprogram", "PATH=DIR realprogram",
		"PATH=DIR; command -v realprogram && echo of the real machine", "builtin source SECRET", "command . SECRET",
		"eval 'cat < SECRET'", "trap 'cat < SECRET' EXIT", "alias x='cat SECRET'; x", "echo $REAL_SECRET", "printenv REAL_SECRET", "env",
		"cat <(cat SECRET)", "cat <(echo of the real machine)", "eval 'cat <(echo of the real machine)'", "bash -c 'cat <(echo of the real machine)'",
		"echo x > >(cat)", "alias p='cat <(echo of the real machine)'; shopt -s expand_aliases; p", "coproc cat SECRET",
		"cat DIR/../*/secret", "tar -cf - -C DIR secret", "cp SECRET x; cat x", "ln -s SECRET l; cat l", "curl -s file://SECRET",
		"cat /proc/self/environ", "cat /proc/1/environ", "set; declare -p", "unset 'a[$(cat <(echo of the real machine))]'",
		"echo ${a[$(cat < SECRET)]}", "cat /dev/fd/5", "cat /dev/tcp/127.0.0.1/22", "exec 5<>/dev/tcp/127.0.0.1/22 && echo of the real machine",
	} {
		line := strings.NewReplacer("SECRET", secret, "DIR", dir).Replace(probe)
		got := run(t, c, line, "")
		if strings.Contains(got.out+got.err, "of the real machine") {
			t.Errorf("%s\n saw %+v", line, got)
		}
	}
	for line, want := range map[string]string{
		"echo $HOME":                  "/home/ubuntu\n",
		"echo $PATH":                  defaultPath + "\n",
		"echo ~root":                  "/root\n",
		"echo ~daemon ~games":         "~daemon ~games\n",
		"( echo ~daemon ) | cat":      "~daemon\n",
		"echo ~daemon & wait":         "~daemon\n",
		"grep -c . /etc/passwd":       "2\n",
		"echo $UID $EUID; id -u":      "1000 1000\n1000\n",
		"pwd -P; cd /bin; pwd -P":     "/home/ubuntu\n/usr/bin\n",
		"hostname; cat /etc/hostname": "ip-172-31-5-6\nip-172-31-5-6\n",
		"echo $OLDPWD$TMPDIR":         "\n",
	} {
		got := run(t, c, line, "")
		if got.out != want {
			t.Errorf("%s gave %+v", line, got)
		}
		if real != "ip-172-31-5-6" && strings.Contains(got.out, real) {
			t.Errorf("%s tells the real host's name", line)
		}
	}
	for _, line := range []string{
		"echo x > DIR/new", "mkdir -p DIR/new", "touch DIR/new", "rm -rf DIR/secret", "cp /etc/hostname DIR/new", "echo x | tee DIR/new", "sudo rm -rf DIR",
		"exec > DIR/new; echo x", "sudo sh -c 'rm -rf DIR/*'", "echo x > DIR/sh-interp-1", "cat < DIR/sh-interp-1", "sudo chmod 000 DIR/secret", "mv DIR/secret DIR/gone",
	} {
		run(t, c, strings.ReplaceAll(line, "DIR", dir), "")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("the real folder now has %v, %v", entries, err)
	}
	if data, err := os.ReadFile(secret); err != nil || string(data) != "of the real machine\n" {
		t.Errorf("the real file now has %q, %v", data, err)
	}
}

func TestRunawayScriptsEndThemselves(t *testing.T) {
	t.Parallel()
	c := dial(t, newHost(t))
	for line, want := range map[string]string{
		"f() { f; }; f":                         "maximum function nesting",
		"f() { eval f; }; f":                    "maximum function nesting",
		"echo 'bash $0' > r; bash r":            "maximum function nesting",
		"x=$(yes); echo ${#x}":                  "",
		"f() { f | f; }; f 2>&1 | tail -1 1>&2": "",
	} {
		got := run(t, c, line, "")
		if !strings.Contains(got.err, want) {
			t.Errorf("%s gave %d, %.300q", line, got.status, got.err)
		}
	}
}

// TestAllOfItInVirtualTime is the proof that no operating system pipe is left:
// one would keep the bubble from ever being idle.
func TestAllOfItInVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		h := newHost(t, func(o *Options) { o.CloudInit = 40 * time.Second })
		c := dial(t, h)
		for line, want := range map[string]string{
			"sleep 600; uptime -s | wc -l":           "1\n",
			"cloud-init status --wait":               "",
			"echo a | (sleep 60; cat) | tr a b":      "b\n",
			"cat <<E\nhere\nE":                       "here\n",
			"cat":                                    "said",
			"mkdir -p x && cd x && cat > f && cat f": "said",
			"timeout 3 sleep 100; echo $?":           "124\n",
			"sleep 5 & sleep 7 & wait; echo w":       "w\n",
		} {
			got := run(t, c, line, "said")
			if want != "" && got.out != want {
				t.Errorf("%s gave %+v", line, got)
			}
		}
		if virtual := time.Since(start); virtual < 11*time.Minute {
			t.Errorf("only %v have passed", virtual)
		}
		c.Close()
		h.Close()
	})
}
