//go:build interop

package sim

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"spot-tui/sim/wire"
)

// served gives a world on a real socket, and the environment for programs that
// talk to it.
func served(t *testing.T) (*World, string, []string) {
	t.Helper()
	w := New(Options{Seed: 1})
	srv := httptest.NewServer(w.Handler())
	t.Cleanup(func() { w.Close(); srv.Close() })
	home := t.TempDir()
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "AWS_ACCESS_KEY_ID=AKIASIMULATED", "AWS_SECRET_ACCESS_KEY=simulated",
		"AWS_DEFAULT_REGION=us-west-2", "AWS_REGION=us-west-2", "AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=" + filepath.Join(home, "none"), "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(home, "none"),
		"AWS_MAX_ATTEMPTS=1", "NO_PROXY=127.0.0.1", "PYENV_ROOT=" + os.Getenv("PYENV_ROOT"), "PYENV_VERSION=" + os.Getenv("PYENV_VERSION"),
	}
	if os.Getenv("PYENV_ROOT") == "" { // its shims look below HOME otherwise
		if real, err := os.UserHomeDir(); err == nil {
			env = append(env, "PYENV_ROOT="+filepath.Join(real, ".pyenv"))
		}
	}
	return w, srv.URL, slices.DeleteFunc(env, func(s string) bool { return strings.HasSuffix(s, "PYENV_VERSION=") })
}

// program runs a program that must be installed.
func program(t *testing.T, env []string, name string, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed, and this test needs it: %v", name, err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Env, cmd.WaitDelay = env, 10*time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestInteropBotocoreParsesEveryAnswer(t *testing.T) {
	w, url, env := served(t)
	out, err := program(t, env, "python3", "testdata/interop.py", url)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Fields(out)
	if got := lines[:len(lines)-1]; !slices.Equal(got, wire.Operations()) {
		t.Errorf("botocore called %v, the world serves %v", got, wire.Operations())
	}
	if inv := w.Inventory(); inv.Total != 0 {
		t.Errorf("left over: %+v", inv)
	}
}

func TestInteropAWSCLI(t *testing.T) {
	w, url, env := served(t)
	aws := func(args ...string) (string, error) {
		return program(t, env, "aws", append([]string{"--endpoint-url", url, "--output", "json"}, args...)...)
	}
	out, err := aws("ec2", "describe-regions", "--all-regions")
	var regions struct{ Regions []struct{ RegionName string } }
	if err != nil || json.Unmarshal([]byte(out), &regions) != nil || len(regions.Regions) != len(regionCatalog()) {
		t.Fatalf("describe-regions: %v\n%s", err, out)
	}
	image, _ := w.byName["us-west-2"].parameter("/aws/service/debian/release/12/latest/amd64")
	launch := []string{"ec2", "run-instances", "--image-id", image, "--instance-type", "t3.micro", "--count", "2", "--instance-market-options", "MarketType=spot"}
	out, err = aws(append(launch, "--dry-run")...)
	if err == nil || !strings.Contains(out, "DryRunOperation") {
		t.Fatalf("dry run: %v\n%s", err, out)
	}
	if out, err = aws(launch...); err != nil {
		t.Fatalf("run-instances: %v\n%s", err, out)
	}
	type instance struct {
		ID        string `json:"InstanceId"`
		Public    string `json:"PublicIpAddress"`
		Lifecycle string `json:"InstanceLifecycle"`
	}
	var seen struct {
		Reservations []struct{ Instances []instance }
	}
	out, err = aws("ec2", "describe-instances", "--filters", "Name=instance-state-name,Values=running")
	if err != nil || json.Unmarshal([]byte(out), &seen) != nil || len(seen.Reservations) != 1 || len(seen.Reservations[0].Instances) != 2 {
		t.Fatalf("describe-instances: %v\n%s", err, out)
	}
	first := seen.Reservations[0].Instances[0]
	if first.Lifecycle != "spot" || !strings.HasPrefix(first.Public, "198.") {
		t.Errorf("described as %+v", first)
	}
	out, err = aws("ec2", "terminate-instances", "--instance-ids", first.ID, seen.Reservations[0].Instances[1].ID)
	if err != nil || strings.Count(out, "shutting-down") != 2 {
		t.Fatalf("terminate-instances: %v\n%s", err, out)
	}
	if inv := w.Inventory(); inv.Total != 0 {
		t.Errorf("left over: %+v", inv)
	}
}
