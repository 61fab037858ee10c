package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// What is missing on this machine keeps from launching, and from nothing else.
func TestLaunchProblems(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the texts of the system and the modes of files are those of Unix")
	}
	dir := withKey(t)
	write(t, filepath.Join(dir, "empty.sh"), " \n")
	write(t, filepath.Join(dir, "binary.sh"), "a\x00b")
	write(t, filepath.Join(dir, "long.sh"), strings.Repeat("x", maxScript+1))
	for _, name := range []string{"open", "it's open"} {
		write(t, filepath.Join(dir, name), "x")
		if err := os.Chmod(filepath.Join(dir, name), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ old, now, want string }{
		{`"al2023"`, "\"al2023\"\n[provision]\nsetup = \"none.sh\"", `c.toml:3: provision.setup: the script "none.sh" can't be read: no such file or directory; mend`},
		{`"al2023"`, "\"al2023\"\n[provision]\nsetup = \"/dev/zero\"", "is no file"},
		{`"al2023"`, "\"al2023\"\n[provision]\nsetup = \".\"", "is no file"},
		{`"al2023"`, "\"al2023\"\n[provision]\nsetup = \"empty.sh\"", "is empty"},
		{`"al2023"`, "\"al2023\"\n[provision]\nsetup = \"binary.sh\"", "is no text"},
		{`"al2023"`, "\"al2023\"\n[provision]\nsetup = \"long.sh\"", "larger than 1 MiB"},
		{`"al2023"`, "\"al2023\"\n[provision]\nsetup = \"${NO_SUCH_VARIABLE_HERE}/x\"", "no variable NO_SUCH_VARIABLE_HERE"},
		{`"al2023"`, "\"al2023\"\n[[provision.files]]\nsource = \"/dev/zero\"\ntarget = \"x\"", `c.toml:3: provision.files[0].source: "/dev/zero" is neither`},
		{`"al2023"`, "\"al2023\"\n[[provision.files]]\nsource = \"none\"\ntarget = \"x\"", `"none" can't be uploaded: no such file or directory`},
		{`"key"`, `"none"`, `c.toml:12: ssh.private_key: there is no file "` + dir + `/none"; mend`},
		{`"key"`, `"."`, "name the file that holds the key"},
		{`"key"`, `"open"`, "(mode 0640); run: chmod 600 " + dir + "/open"},
		{`"key"`, `"it's open"`, `run: chmod 600 '` + dir + `/it'\''s open'`},
	} {
		f := mustParse(t, swap(t, tt.old, tt.now), dir)
		if ps := f.LaunchProblems(); len(ps) != 1 || !strings.Contains(ps.Error(), tt.want) {
			t.Errorf("%s: want %q, got %v", tt.now, tt.want, ps)
		}
		_, err := Parse("c.toml", []byte(swap(t, tt.old, tt.now, `"f"`, "7")), dir)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("beside another mistake it must be told as well: %v", err)
		}
	}
	if f := mustParse(t, good, dir); len(f.LaunchProblems()) != 0 {
		t.Error(f.LaunchProblems())
	}
}

// The three keys that name a file all take ~, $VAR, ${VAR} and relative paths.
func TestPathsAreExpanded(t *testing.T) {
	home, dir := t.TempDir(), withKey(t)
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home) // what Windows calls it
	t.Setenv("SPOT_TEST_DIR", dir)
	for _, d := range []string{home, dir} {
		if err := os.Mkdir(filepath.Join(d, "a$b"), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(d, "a$b", "f"), "echo "+d)
	}
	for path, in := range map[string]string{
		"~/a$$b/f": home, "$SPOT_TEST_DIR/a$$b/f": dir, "${SPOT_TEST_DIR}/a$$b/f": dir, "a$$b/f": dir, "./x/../a$$b/f": dir,
	} {
		want := filepath.Join(in, "a$b", "f")
		text := swap(t, `"key"`, `"`+path+`"`) + "[provision]\nsetup = \"" + path + "\"\nfiles = [{ source = \"" + path + "\", target = \"x\" }]\n"
		f := mustParse(t, text, dir)
		s := f.Spec()
		if s.SSH.PrivateKey != want || s.Provision.Files[0].Source != want || s.Provision.Setup != "echo "+in || len(f.LaunchProblems()) != 0 {
			t.Errorf("%s: %q %+v %v", path, s.SSH.PrivateKey, s.Provision, f.LaunchProblems())
		}
	}
}

func TestATemplateIsReadBeforeInstancesCostMoney(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "key"), "x")
	write(t, filepath.Join(dir, "good"), "{{.ID}}")
	write(t, filepath.Join(dir, "bad"), "a\nb {{.Hostname}}")
	for source, want := range map[string]string{"good": "", "bad": "bad:2:4: an instance has no fact called Hostname", ".": "only a file can be a template"} {
		f := mustParse(t, swap(t, `image = "al2023"`, "[[provision.files]]\nsource = \""+source+"\"\ntarget = \"x\"\ntemplate = true"), dir)
		var got string
		for _, p := range f.LaunchProblems() {
			if p.Key == "provision.files[0].template" {
				got = p.Error()
			}
		}
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
}
