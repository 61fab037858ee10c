package aws

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/smithy-go/logging"
)

// What the SDK says goes to our log and nowhere else: its own logger would write
// into the middle of the screen.
func TestTheSDKLogsToUs(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AK")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	for name, o := range map[string]Options{
		"static": {Static: &StaticCredentials{AccessKey: "AK", SecretKey: "s"}},
		"chain":  {},
	} {
		var out bytes.Buffer
		o.Endpoint, o.Log = "http://127.0.0.1:9", slog.New(slog.NewTextHandler(&out, nil))
		a, err := New(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		l := a.ec2Client("us-east-1").Options().Logger
		if l == nil {
			t.Fatalf("%s: the client has a logger of its own", name)
		}
		l.Logf(logging.Warn, "failed to discard %s\n", "the body")
		if got := out.String(); !strings.Contains(got, `msg="sdk: failed to discard the body"`) {
			t.Errorf("%s: our log has %q", name, got)
		}
	}
}
