package aws

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// TestStaticReadsNothing: with given keys and transport, variables and files
// that would change or break everything have no effect, and no socket opens.
func TestStaticReadsNothing(t *testing.T) {
	trap := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("something asked %s %s", r.Method, r.URL)
	}))
	defer trap.Close()
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"config", "credentials"} { // reading either would fail
		if err := os.WriteFile(filepath.Join(home, ".aws", name), []byte("[default\nthis is = broken\n[profile x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for k, v := range map[string]string{
		"HOME": home, "USERPROFILE": home,
		"AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AWS_SESSION_TOKEN": "FwoGZXIvYXdzEBYaD",
		"AWS_PROFILE": "production", "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
		"AWS_CONFIG_FILE": filepath.Join(home, ".aws", "config"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(home, ".aws", "credentials"),
		"AWS_ENDPOINT_URL": trap.URL, "AWS_ENDPOINT_URL_EC2": trap.URL, "AWS_ENDPOINT_URL_STS": trap.URL, "AWS_ENDPOINT_URL_SSM": trap.URL,
		"AWS_CONTAINER_CREDENTIALS_FULL_URI": trap.URL, "AWS_EC2_METADATA_SERVICE_ENDPOINT": trap.URL,
		"AWS_WEB_IDENTITY_TOKEN_FILE": filepath.Join(home, "token"), "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x",
		"AWS_DEFAULTS_MODE": "auto", "AWS_CA_BUNDLE": filepath.Join(home, "none.pem"), "HTTP_PROXY": trap.URL, "HTTPS_PROXY": trap.URL,
		"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true", "AWS_MAX_ATTEMPTS": "1", "AWS_RETRY_MODE": "adaptive",
	} {
		t.Setenv(k, v)
	}
	f := &fake{t: t, answers: map[string]func(url.Values) (int, string){
		"GetCallerIdentity": always(200, identityXML),
		"DescribeInstances": always(200, instancesXML("")),
		"GetParameters":     always(200, `{"Parameters":[]}`),
		"DescribeImages":    always(200, `<DescribeImagesResponse/>`),
		"":                  always(200, "192.0.2.1\n"),
	}}
	a := f.account()
	if _, err := a.Identity(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.In("us-west-2").Describe(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.in("us-west-2").Images(t.Context(), "al2023"); fleet.KindOf(err) != fleet.KindInvalid {
		t.Fatal(err)
	}
	for i, auth := range f.auth {
		if f.hosts[i] != "simulated.invalid" || !strings.Contains(auth, "Credential=AKIDEMO/") || !strings.Contains(auth, "/us-west-2/") {
			t.Errorf("call %d went to %s as %s", i, f.hosts[i], auth)
		}
	}
	if len(f.auth) != 5 { // identity, describe, parameters, image names of two architectures
		t.Errorf("%d calls", len(f.auth))
	}
	if !a.Loopback() {
		t.Error("an in-process cloud counts as loopback")
	}
}

// cleanEnv takes away what the machine that runs the test may have set.
func cleanEnv(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	for _, kv := range os.Environ() {
		if k, _, _ := strings.Cut(kv, "="); strings.HasPrefix(k, "AWS_") {
			t.Setenv(k, "") // registers its restoration
			os.Unsetenv(k)
		}
	}
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	// The SDK looks up the home folder when the process starts.
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(home, ".aws", "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, ".aws", "credentials"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	return home
}

func TestStandardVariables(t *testing.T) {
	cleanEnv(t)
	f := &fake{t: t, answers: map[string]func(url.Values) (int, string){"GetCallerIdentity": always(200, identityXML)}}
	for k, v := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIAFROMENV", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
	} {
		t.Setenv(k, v)
	}
	a, err := New(t.Context(), Options{Transport: f})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Identity(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.hosts[0] != "127.0.0.1:4566" || !strings.Contains(f.auth[0], "AKIAFROMENV") || !strings.Contains(f.auth[0], "/eu-west-1/sts/") {
		t.Errorf("went to %s as %s", f.hosts[0], f.auth[0])
	}
	a, err = New(t.Context(), Options{})
	if err != nil || !a.Loopback() {
		t.Errorf("a loopback endpoint: %v, %v", a.Loopback(), err)
	}
	t.Setenv("AWS_ENDPOINT_URL", "")
	a, err = New(t.Context(), Options{})
	if err != nil || a.Loopback() || a.endpoint != nil {
		t.Errorf("AWS itself: %v, %v", a.endpoint, err)
	}
}

func TestProfilesAndHints(t *testing.T) {
	home := cleanEnv(t)
	if err := os.Mkdir(filepath.Join(home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	conf := `[profile sso]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = dev
region = eu-central-1
[sso-session corp]
sso_region = us-east-1
sso_start_url = https://corp.awsapps.com/start
[profile mfa]
role_arn = arn:aws:iam::123456789012:role/admin
source_profile = keys
mfa_serial = arn:aws:iam::123456789012:mfa/ada
[profile keys]
aws_access_key_id = AKIAKEYS
aws_secret_access_key = secret
[profile empty]
region = us-west-2
`
	if err := os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := New(t.Context(), Options{Profile: "nonesuch"})
	if e := asError(t, err); e.Kind != fleet.KindAuth || !strings.Contains(e.Error(), "profile nonesuch: there is no such profile; list them with `aws configure list-profiles`") {
		t.Errorf("a profile that is not there: %q", e)
	}
	for profile, want := range map[string]string{
		"sso":   "run `aws sso login --profile sso`",
		"empty": "no AWS credentials were found; run `aws configure --profile empty`",
	} {
		a, err := New(t.Context(), Options{Profile: profile, Transport: broken{os.ErrClosed}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Identity(t.Context())
		if e := asError(t, err); e.Kind != fleet.KindAuth || !strings.Contains(e.Error(), want) {
			t.Errorf("profile %s: %s %q; want %q", profile, e.Kind, e, want)
		}
	}
	_, err = New(t.Context(), Options{Profile: "mfa"})
	if e := asError(t, err); e.Kind != fleet.KindAuth || !strings.Contains(e.Error(), "export-credentials --format env --profile mfa") {
		t.Errorf("a profile with MFA: %q", e)
	}
	if _, err := New(t.Context(), Options{Endpoint: "localhost:4566"}); fleet.KindOf(err) != fleet.KindInvalid {
		t.Errorf("an endpoint without scheme: %v", err)
	}
}

func TestCallerAddress(t *testing.T) {
	t.Parallel()
	answers := map[string]string{"/caller-address": " 2001:db8::7\n"}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := answers[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(body))
	}))
	defer srv.Close()
	static := &StaticCredentials{AccessKey: "a", SecretKey: "b"}
	for path, want := range map[string]string{"": "2001:db8::7", "/elsewhere": "127.0.0.1"} {
		a, err := New(t.Context(), Options{Endpoint: srv.URL + path, Static: static})
		if err != nil {
			t.Fatal(err)
		}
		got, err := a.CallerAddress(t.Context())
		if err != nil || got.String() != want {
			t.Errorf("address at %q = %v, %v; want %s", path, got, err, want)
		}
	}
	// An in-process cloud that does not say it: nothing is dialled.
	f := &fake{t: t, answers: map[string]func(url.Values) (int, string){"": always(404, "")}}
	_, err := f.account().CallerAddress(t.Context())
	if e := asError(t, err); e.Kind != fleet.KindNetwork || !strings.Contains(e.Error(), "HTTP status 404") {
		t.Errorf("in process: %q", e)
	}
}

// TestCertificates: AWS_CA_BUNDLE works as in the AWS CLI, also for the address.
func TestCertificates(t *testing.T) {
	home := cleanEnv(t)
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/caller-address" {
			_, _ = w.Write([]byte("192.0.2.1"))
			return
		}
		_, _ = w.Write([]byte(identityXML))
	}))
	defer srv.Close()
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of the refused handshake
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAFROMENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_ENDPOINT_URL", srv.URL)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	a, err := New(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Identity(t.Context())
	if e := asError(t, err); e.Kind != fleet.KindNetwork || !strings.Contains(e.Error(), "AWS_CA_BUNDLE") {
		t.Errorf("an unknown authority: %s %q", e.Kind, e)
	}
	bundle := filepath.Join(home, "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	if a, err = New(t.Context(), Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Identity(t.Context()); err != nil {
		t.Error(err)
	}
	if addr, err := a.CallerAddress(t.Context()); err != nil || addr.String() != "192.0.2.1" {
		t.Errorf("address = %v, %v", addr, err)
	}
}
