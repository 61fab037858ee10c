package sim

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	xssh "golang.org/x/crypto/ssh"
)

// keyPair makes a signer that is the same in every run.
func keyPair(t *testing.T) (xssh.Signer, string) {
	t.Helper()
	signer, err := xssh.NewSignerFromKey(ed25519.NewKeyFromSeed(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return signer, string(xssh.MarshalAuthorizedKey(signer.PublicKey()))
}

// login runs a command on an instance.
func login(t *testing.T, conn net.Conn, user string, signer xssh.Signer, line string) (string, error) {
	t.Helper()
	cc, chans, reqs, err := xssh.NewClientConn(conn, "instance", &xssh.ClientConfig{
		User: user, Auth: []xssh.AuthMethod{xssh.PublicKeys(signer)}, HostKeyCallback: xssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		return "", err
	}
	client := xssh.NewClient(cc, chans, reqs)
	defer client.Close()
	s, err := client.NewSession()
	if err != nil {
		return "", err
	}
	out, err := s.CombinedOutput(line)
	return string(out), err
}

func TestFromRefusedToLoginToGone(t *testing.T) {
	var asked []string
	exec := func(_ context.Context, id, line string, _ io.Reader, out, _ io.Writer) (int, bool) {
		asked = append(asked, id+" "+line)
		_, err := io.WriteString(out, "hello\n")
		return 3, err == nil
	}
	bubble(t, Options{Scale: 1, Exec: exec}, func(t *testing.T, w *World) {
		c := client(w, "ap-northeast-1")
		signer, key := keyPair(t)
		ready(t, c, "ssh")
		if _, err := c.ImportKeyPair(t.Context(), &ec2.ImportKeyPairInput{KeyName: awssdk.String("k"), PublicKeyMaterial: []byte(key)}); err != nil {
			t.Fatal(err)
		}
		image, _ := w.byName["ap-northeast-1"].parameter("/aws/service/debian/release/12/latest/arm64")
		out, err := c.RunInstances(t.Context(), &ec2.RunInstancesInput{
			MinCount: awssdk.Int32(1), MaxCount: awssdk.Int32(1), ImageId: &image, InstanceType: "t4g.small", KeyName: awssdk.String("k"),
			SecurityGroups: []string{"ssh"}, InstanceInitiatedShutdownBehavior: types.ShutdownBehaviorTerminate,
		})
		if err != nil {
			t.Fatal(err)
		}
		id := *out.Instances[0].InstanceId
		pass(12 * time.Second)
		i := describe(t, c, id)
		if _, err := w.Dial(t.Context(), "tcp", *i.PublicIpAddress+":22"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("before sshd is up: %v", err)
		}
		pass(20 * time.Second)
		for _, addr := range []string{*i.PublicIpAddress + ":22", *i.PublicIpAddress, *i.PublicDnsName + ":22"} {
			conn, err := w.Dial(t.Context(), "tcp", addr)
			if err != nil {
				t.Fatalf("%s: %v", addr, err)
			}
			text, err := login(t, conn, "admin", signer, "say hello")
			var status *xssh.ExitError
			if !errors.As(err, &status) || status.ExitStatus() != 3 || text != "hello\n" {
				t.Errorf("%s: %q, %v", addr, text, err)
			}
		}
		if len(asked) != 3 || asked[0] != id+" say hello" {
			t.Errorf("the hook was asked %q", asked)
		}
		console, err := c.GetConsoleOutput(t.Context(), &ec2.GetConsoleOutputInput{InstanceId: &id})
		if err != nil {
			t.Fatal(err)
		}
		if text, err := base64.StdEncoding.DecodeString(*console.Output); err != nil || !strings.Contains(string(text), "-----BEGIN SSH HOST KEY KEYS-----\r\nssh-ed25519 ") {
			t.Errorf("console %q, %v", text, err)
		}
		if _, err := w.Dial(t.Context(), "tcp", *i.PublicIpAddress+":80"); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, syscall.ETIMEDOUT) {
			t.Errorf("a port that no rule opens: %v", err)
		}
		conn, err := w.Dial(t.Context(), "tcp", *i.PublicIpAddress+":22")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{id}}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, err := io.Copy(io.Discard, conn); err != nil && !errors.Is(err, io.EOF) {
			t.Logf("the open connection ended with %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		if _, err := w.Dial(ctx, "tcp", *i.PublicIpAddress+":22"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a terminated instance: %v", err)
		}
	})
}

func TestGroupMustAdmitTheCaller(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		out, err := c.CreateFleet(t.Context(), fleetOf(t, c, ready(t, c, "net"), 1, "t"))
		if err != nil {
			t.Fatal(err)
		}
		i := describe(t, c, idsOf(out)[0])
		reachable := func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			conn, err := w.Dial(ctx, "tcp", *i.PublicIpAddress+":22")
			if err == nil {
				conn.Close()
			}
			return err == nil
		}
		if !reachable() {
			t.Error("the rule admits the caller")
		}
		rule := func(cidr string) []types.IpPermission {
			return []types.IpPermission{{
				IpProtocol: awssdk.String("tcp"), FromPort: awssdk.Int32(22), ToPort: awssdk.Int32(22), IpRanges: []types.IpRange{{CidrIp: &cidr}},
			}}
		}
		if _, err := c.RevokeSecurityGroupIngress(t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupName: awssdk.String("net"), IpPermissions: rule("127.0.0.1/32")}); err != nil {
			t.Fatal(err)
		}
		if reachable() {
			t.Error("without a rule nobody gets in")
		}
		if _, err := c.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupName: awssdk.String("net"), IpPermissions: rule("203.0.113.0/24")}); err != nil {
			t.Fatal(err)
		}
		if reachable() {
			t.Error("a rule for others lets nobody else in")
		}
	})
}

func TestShutdownFromInside(t *testing.T) {
	bubble(t, Options{Scale: 1}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		out, err := c.CreateFleet(t.Context(), fleetOf(t, c, ready(t, c, "off"), 1, "t"))
		if err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		id := idsOf(out)[0]
		w.byName["us-east-1"].instances[id].halt()
		pass(20 * time.Second)
		if i := describe(t, c, id); i.State.Name != types.InstanceStateNameTerminated || *i.StateReason.Code != "Client.InstanceInitiatedShutdown" {
			t.Errorf("%s %s", i.State.Name, *i.StateReason.Code)
		}
	})
}

func TestKeysInUserData(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, data string
		want       int
	}{
		{"json", "#cloud-config\n{\"ssh_authorized_keys\": [\"a\", \"b\"]}", 2},
		{"yaml", "#cloud-config\nssh_authorized_keys:\n  - a\n", 1},
		{"script", "#!/bin/sh\nssh_authorized_keys: [a]\n", 0},
		{"broken", "#cloud-config\n: [", 0},
		{"empty", "", 0},
	} {
		if got := keysIn([]byte(tc.data)); len(got) != tc.want {
			t.Errorf("%s: %q", tc.name, got)
		}
	}
}

func TestJumpHost(t *testing.T) {
	t.Parallel()
	w := New(Options{})
	defer w.Close()
	c := client(w, "us-east-1")
	signer, key := keyPair(t)
	ready(t, c, "jump")
	if _, err := c.ImportKeyPair(t.Context(), &ec2.ImportKeyPairInput{KeyName: awssdk.String("k"), PublicKeyMaterial: []byte(key)}); err != nil {
		t.Fatal(err)
	}
	image, _ := w.byName["us-east-1"].parameter("/aws/service/debian/release/12/latest/amd64")
	out, err := c.RunInstances(t.Context(), &ec2.RunInstancesInput{
		MinCount: awssdk.Int32(1), MaxCount: awssdk.Int32(1), ImageId: &image, InstanceType: "t3.small", KeyName: awssdk.String("k"), SecurityGroups: []string{"jump"},
	})
	if err != nil {
		t.Fatal(err)
	}
	i := describe(t, c, *out.Instances[0].InstanceId)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- w.ServeJump(ctx, l) }()
	jump, err := xssh.Dial("tcp", l.Addr().String(), &xssh.ClientConfig{
		User: "anyone", Auth: []xssh.AuthMethod{xssh.PublicKeys(signer)}, HostKeyCallback: xssh.InsecureIgnoreHostKey(), Timeout: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer jump.Close()
	conn, err := jump.Dial("tcp", *i.PublicIpAddress+":22")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := login(t, conn, "admin", signer, "echo $((20+3))"); err != nil || text != "23\n" {
		t.Errorf("through the jump host: %q, %v", text, err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Errorf("the jump host ended with %v", err)
	}
}
