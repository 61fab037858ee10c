package aws

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// reach asks what stands between the caller and an instance of each fleet: the
// way of the first is open to the caller, the second is another fleet's.
func (c *contract) reach(t *testing.T) {
	from := netip.MustParseAddr("198.51.100.4") // whom the group's rule lets in
	q := fleet.ReachRequest{Fleet: fleetA, Instance: c.a[0].ID, From: from, Port: 22}
	checks, err := c.r.Reach(c.ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, k := range checks {
		names = append(names, k.What)
		elsewhere := c.q.ignoresInterfaces && k.What == "security group" // it got the VPC's own
		if k.Detail == "" || k.State == fleet.CheckFail && !elsewhere {
			t.Errorf("%+v", k)
		}
	}
	if got, want := strings.Join(names, ", "), "instance, status, address, security group, route, gateway"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	q.From = netip.MustParseAddr("203.0.113.77")
	if checks, err = c.r.Reach(c.ctx, q); err != nil {
		t.Fatal(err)
	}
	for _, k := range checks {
		if k.What == "security group" && (k.State != fleet.CheckFail || !strings.Contains(k.Detail, "203.0.113.77 in to port 22") || !strings.Contains(k.Hint, "authorize-security-group-ingress")) {
			t.Errorf("%+v", k)
		}
	}
	q.Instance = c.b.ID
	if _, err := c.r.Reach(c.ctx, q); fleet.KindOf(err) != fleet.KindGone {
		t.Errorf("an instance of another fleet: %v", err)
	}
}

// console waits until a console shows something; the simulated cloud's has the
// host keys in it.
func (c *contract) console(t *testing.T) {
	for {
		got, err := c.r.Console(c.ctx, c.a[0].ID)
		if fleet.KindOf(err) == fleet.KindGone {
			pause(c.ctx, t, 50*time.Millisecond)
			continue
		}
		if err != nil || got.Text == "" {
			t.Fatalf("%+v %v", got, err)
		}
		if strings.Contains(got.Text, keysBegin) && len(got.HostKeys) != 1 {
			t.Errorf("%q of %q", got.HostKeys, got.Text)
		}
		break
	}
	if _, err := c.r.Console(c.ctx, "i-0123456789abcdef0"); fleet.KindOf(err) != fleet.KindGone {
		t.Errorf("of an instance that is not there: %v", err)
	}
}

// Two keys as ssh-keygen writes and shows them.
const (
	sampleKey    = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIkiulnSf4f26oa3+5C4Wk1PzSF3WfvFnh55QrawaJdV"
	samplePrint  = "SHA256:9cwyZLUTiNvi6papQfkUgpoXCAglZTAj2GbOwr6iD2g"
	anotherKey   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBgSNYopqQ+6t/c4TBggCNx+WS9kOZoMWskvFoCoO4HF"
	anotherPrint = "SHA256:0s9Z5iW5prEt4GgIhrrfSmIHFMQnVuNHePkQILjf3nA"
)

func TestConsoleKeys(t *testing.T) {
	t.Parallel()
	block := func(lines ...string) string {
		return keysBegin + "\r\n" + strings.Join(lines, "\r\n") + "\r\n" + keysEnd + "\r\n"
	}
	for name, tc := range map[string]struct{ text, want string }{
		"nothing":               {"", ""},
		"one":                   {"boot\r\n" + block(sampleKey+" root@ip-10-0-0-1"), samplePrint},
		"two":                   {block(sampleKey, anotherKey), samplePrint + " " + anotherPrint},
		"with syslog's prefix":  {block("<14>May 28 09:40:38 ec2: " + sampleKey), samplePrint},
		"started twice":         {block(sampleKey) + "reboot\n" + block(anotherKey), anotherPrint},
		"the last one is cut":   {block(sampleKey) + keysBegin + "\n" + anotherKey, samplePrint},
		"the beginning is cut":  {sampleKey + "\n" + keysEnd + "\n", ""},
		"the type is another":   {block("ssh-rsa " + strings.Fields(sampleKey)[1]), ""},
		"an empty block":        {block(sampleKey) + block(), samplePrint},
		"no key":                {block("ssh-ed25519 !!!!", "ssh-ed25519", "ssh-ed25519 AAAA"), ""},
		"more than a host has":  {block(strings.Split(strings.Repeat(sampleKey+"\n", 50), "\n")...), strings.TrimSpace(strings.Repeat(samplePrint+" ", maxKeys))},
		"the end comes earlier": {keysEnd + keysBegin + sampleKey, ""},
	} {
		if got := strings.Join(consoleKeys(tc.text), " "); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func FuzzConsole(f *testing.F) {
	f.Add("")
	f.Add(keysBegin + "\n" + sampleKey + " root@x\r\n" + anotherKey + "\n" + keysEnd)
	f.Add(keysEnd + keysBegin + keysBegin + keysEnd)
	f.Fuzz(func(t *testing.T, text string) {
		prints := consoleKeys(text)
		if len(prints) > maxKeys {
			t.Fatal(len(prints))
		}
		for _, p := range prints {
			var sum string
			if n, err := fmt.Sscanf(p, "SHA256:%s", &sum); n != 1 || err != nil || len(sum) != 43 {
				t.Errorf("%q", p)
			}
		}
	})
}
