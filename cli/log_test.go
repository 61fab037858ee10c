package cli

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Keys of AWS's own documentation and others of their shape; none is in use.
const (
	keyID   = "AKIAIOSFODNN7EXAMPLE"
	tempID  = "ASIAIOSFODNN7EXAMPLE"
	secret  = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	secret4 = "aB3/aB3/aB3/aB3/aB3/aB3/aB3/aB3/aB3/aB3/"
)

// credentials are as a program might log them by mistake.
type credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
}

// late is a value that becomes a secret only when it is logged.
type late struct{}

func (late) LogValue() slog.Value { return slog.StringValue("key " + secret4) }

func TestTheLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	token := strings.Repeat("IQoJb3JpZ2luX2VjE", 20) + "=="
	pem := "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5v\nZm9v\n-----END OPENSSH PRIVATE KEY-----"
	for name, c := range map[string]struct {
		log    func(*slog.Logger)
		keeps  []string
		leaves []string
	}{
		"ids in a message": {
			log:   func(l *slog.Logger) { l.Info("used " + keyID + " then " + tempID + " in us-west-2") },
			keeps: []string{"used [redacted] then [redacted] in us-west-2"}, leaves: []string{keyID, tempID},
		},
		"a secret without a name": {
			log:   func(l *slog.Logger) { l.Info("got "+secret+" back", "x", "("+secret4+")") },
			keeps: []string{"got [redacted] back", "([redacted])"}, leaves: []string{"wJalr", "aB3/"},
		},
		"a shell's variables": {
			log:   func(l *slog.Logger) { l.Error("env AWS_SECRET_ACCESS_KEY=abc AWS_SESSION_TOKEN='d e f' HOME=/root") },
			keeps: []string{"HOME=/root"}, leaves: []string{"abc", "d e f"},
		},
		"JSON": {
			log:   func(l *slog.Logger) { l.Info(`{"SecretAccessKey": "abc", "SessionToken":"def","Region":"us-west-2"}`) },
			keeps: []string{"us-west-2"}, leaves: []string{"abc", "def"},
		},
		"JSON in JSON": {
			log:   func(l *slog.Logger) { l.Info(`"{\"SecretAccessKey\":\"abcabc\",\"Region\":\"us-west-2\"}"`) },
			keeps: []string{"us-west-2"}, leaves: []string{"abcabc"},
		},
		"a session token": {
			log:   func(l *slog.Logger) { l.Info("with " + token + " end") },
			keeps: []string{"with [redacted] end"}, leaves: []string{"IQoJ"},
		},
		"a private key": {
			log:   func(l *slog.Logger) { l.Info("before "+pem+" after", "block", pem) },
			keeps: []string{"before [redacted] after"}, leaves: []string{"b3Blbn", "Zm9v"},
		},
		"a private key that was cut off": {
			log:    func(l *slog.Logger) { l.Info("-----BEGIN RSA PRIVATE KEY-----\nMIIEow") },
			leaves: []string{"MIIE"},
		},
		"a header": {
			log: func(l *slog.Logger) {
				l.Info("Authorization: AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1, Signature=0123abc\nHost: ec2")
			},
			keeps: []string{"Host: ec2"}, leaves: []string{"0123abc", "AKID/"},
		},
		"a map of headers": {
			log: func(l *slog.Logger) {
				l.Info("sent", "h", http.Header{"Authorization": {"Bearer abcdefgh.ij"}, "X-Amz-Security-Token": {"def"}})
			},
			leaves: []string{"abcdefgh", "def"},
		},
		"a bearer": {
			log:    func(l *slog.Logger) { l.Info("sent bearer abc.def-ghi") },
			leaves: []string{"abc.def"},
		},
		"a signed address": {
			log: func(l *slog.Logger) {
				l.Info("GET", "url", "https://s3/x?X-Amz-Credential=AKID%2F2026&X-Amz-Signature=0123abc&X-Amz-Expires=60")
			},
			keeps: []string{"X-Amz-Expires=60"}, leaves: []string{"0123abc", "AKID"},
		},
		"a password in an address": {
			log:   func(l *slog.Logger) { l.Info("proxy http://me:hunter2@proxy:3128/") },
			keeps: []string{"http://me:"}, leaves: []string{"hunter2"},
		},
		"attributes that are named like secrets": {
			log: func(l *slog.Logger) {
				l.Info("m", "password", "abc", "api_key", 12345, "client-secret", []byte("def"), "sessionToken", errors.New("ghi"), "user", "ann")
			},
			keeps: []string{"user=ann"}, leaves: []string{"abc", "12345", "def", "ghi"},
		},
		"groups": {
			log: func(l *slog.Logger) {
				l.Info("m", slog.Group("aws", slog.Group("credentials", "id", "abc", "n", 42424), slog.String("region", "us-west-2")))
			},
			keeps: []string{"aws.region=us-west-2"}, leaves: []string{"abc", "42424"},
		},
		"what is kept with a logger": {
			log: func(l *slog.Logger) {
				l.With("secret", "abc", "key", secret).WithGroup("token").Info("m", "value", "def")
			},
			leaves: []string{"abc", "wJalr", "def"},
		},
		"a struct": {
			log: func(l *slog.Logger) {
				l.Info("m", "c", credentials{"AKID", "abc", "def"}, "p", &credentials{"AKID", "ghi", "jkl"})
			},
			leaves: []string{"abc", "def", "ghi", "jkl"},
		},
		"an error": {
			log:   func(l *slog.Logger) { l.Info("m", "err", fmt.Errorf("call: %w", errors.New("bad secret_key=abc"))) },
			keeps: []string{"call: bad"}, leaves: []string{"abc"},
		},
		"a value that resolves late": {
			log: func(l *slog.Logger) { l.Info("m", "v", late{}) }, leaves: []string{"aB3/"},
		},
		"what is no secret": {
			log: func(l *slog.Logger) {
				l.Info("launch l-42 in us-west-2a", "digest", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "id", "i-0123456789abcdef0", "took", time.Second, "ok", true, "n", 3)
			},
			keeps: []string{"launch l-42 in us-west-2a", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "i-0123456789abcdef0", "took=1s", "ok=true", "n=3"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			c.log(slog.New(redacting{next: slog.NewTextHandler(&b, nil)}))
			for _, want := range c.keeps {
				if !strings.Contains(b.String(), want) {
					t.Errorf("%q is missing: %s", want, b.String())
				}
			}
			for _, bad := range c.leaves {
				if strings.Contains(b.String(), bad) {
					t.Errorf("%q is logged: %s", bad, b.String())
				}
			}
		})
	}
}

func TestTheLogFileTellsWhatAVerbDid(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.01")
	p := newProgram(t)
	p.env = cl.env
	p.setup("logged")
	p.must(0, "create", "--yes")
	path := filepath.Join(p.home, "spot", "state", logName)
	read := func() string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	info := read()
	for _, want := range []string{`msg=started`, `verb="spot-tui create"`, `msg="ready after`, `msg=ended`} {
		if !strings.Contains(info, want) {
			t.Errorf("the log has no %q:\n%s", want, info)
		}
	}
	if strings.Contains(info, "level=DEBUG") {
		t.Errorf("nobody asked for debug lines:\n%s", info)
	}
	p.must(0, "list", "--log-level", "error")
	if after := read(); after != info {
		t.Errorf("--log-level error wrote more than errors: %s", after[len(info):])
	}
	p.must(0, "list", "--log-level", "debug")
	if after := read()[len(info):]; !strings.Contains(after, "level=DEBUG") || !strings.Contains(after, "DescribeInstances") {
		t.Errorf("--log-level debug: %s", after)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the log file is for its owner only: %v %v", st.Mode(), err)
	}
	p.must(0, "destroy", "--yes")
}

func TestTheLogFileStaysSmall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := &session{a: &app{env: Env{Stderr: &bytes.Buffer{}, Getenv: func(string) string { return "" }}}, paths: paths{state: dir}}
	if err := os.WriteFile(filepath.Join(dir, logName), bytes.Repeat([]byte("x"), logMegabytes<<20-100), 0o600); err != nil {
		t.Fatal(err)
	}
	for n := range 7 { // as the rotation names them
		at := time.Date(2026, 1, 2, 3, 4, n, 0, time.UTC).Format("2006-01-02T15-04-05.000")
		if err := os.WriteFile(filepath.Join(dir, "spot-tui-"+at+".log"), []byte(fmt.Sprint(n)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.openLog()
	s.log.Info(strings.Repeat("new ", 100))
	eventually(t, "5 log files", func() bool {
		es, err := os.ReadDir(dir)
		return err == nil && len(es) == logFiles
	})
	s.shut()
	b, err := os.ReadFile(filepath.Join(dir, logName))
	if err != nil || len(b) > 4096 || !strings.Contains(string(b), "new new") {
		t.Errorf("the new file has the new lines only: %d bytes, %v", len(b), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "spot-tui-2026-01-02T03-04-00.000.log")); !os.IsNotExist(err) {
		t.Errorf("the oldest must go first: %v", err)
	}
}

func TestNoLogFileStopsNothing(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.setup("nolog")
	if err := os.MkdirAll(filepath.Join(p.home, "spot", "state", logName), 0o700); err != nil {
		t.Fatal(err)
	}
	cl := startCloud(t, "0.01")
	p.env = cl.env
	if r := p.must(0, "list"); !strings.Contains(r.stderr, "warning: no log file") {
		t.Errorf("list: %q", r.stderr)
	}
}
