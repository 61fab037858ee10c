package ssh

import (
	"path/filepath"
	"strings"
	"testing"

	"spot-tui/fleet"
)

func TestConfigText(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a b%")
	key, hosts := filepath.Join(dir, "key"), filepath.Join(dir, "known_hosts")
	must(GenerateKey(key))
	c := must(New(Options{PrivateKeyFile: key, KnownHostsFile: hosts}))
	defer c.Close()
	got := c.ConfigText([]fleet.Target{
		{Instance: "i-0b", Host: "192.0.2.2", User: "ubuntu"},
		{Instance: "i-0none", User: "ubuntu"},
		{Instance: "i-0bad", Host: "192.0.2.3\n  ProxyCommand touch x", User: "ubuntu"},
		{Instance: "i-0a", Host: "2001:db8::1", User: "ec2-user", Port: 2222},
	})
	inFile := strings.NewReplacer("%", "%%").Replace(dir)
	for _, want := range []string{
		"\nHost i-0b\n  HostName 192.0.2.2\n  User ubuntu\n  Port 22\n  IdentityFile \"" + inFile + "/key\"\n  IdentitiesOnly yes\n  UserKnownHostsFile \"" + inFile + "/known_hosts\"\n  HostKeyAlias i-0b\n\n",
		"\nHost i-0a\n  HostName 2001:db8::1\n  User ec2-user\n  Port 2222\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing:\n%s", want, got)
		}
	}
	if strings.Count(got, "Host i-") != 2 || strings.Contains(got, "touch") || strings.Contains(got, "Proxy") {
		t.Errorf("%s", got)
	}
}

// The text is read back by our own reader as by ssh.
func TestConfigTextThroughJumpHosts(t *testing.T) {
	t.Parallel()
	_, key := loginKey(t)
	c := must(New(Options{PrivateKeyFile: key, KnownHostsFile: filepath.Join(t.TempDir(), "k"), Jump: "a@192.0.2.8,b@192.0.2.9"}))
	defer c.Close()
	text := c.ConfigText([]fleet.Target{target})
	u, odd := newUserConfig(configIn(t, text))
	got := u.lookup("i-0123", "")
	if len(odd) != 0 || got.hostName != "192.0.2.1" || got.user != "ubuntu" || got.port != "22" || len(got.identity) != 1 || got.identity[0] != key {
		t.Errorf("%+v %v", got, odd)
	}
	line := c.LoginLine(target)
	_, command, _ := strings.Cut(text, "ProxyCommand ")
	if command = strings.TrimSuffix(command, "\n"); !strings.Contains(line, fleet.Quote("ProxyCommand="+command)) {
		t.Errorf("the login line and the config differ:\n%s\n%s", line, command)
	}
}
