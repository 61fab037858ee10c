package tui

import (
	"context"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// Each partition has a console of its own.
func TestConsoleLink(t *testing.T) {
	t.Parallel()
	for r, want := range map[fleet.Region]string{
		"us-west-2":     "https://us-west-2.console.aws.amazon.com/ec2/home?region=us-west-2#InstanceDetails:instanceId=i-1",
		"cn-north-1":    "https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1#InstanceDetails:instanceId=i-1",
		"us-gov-west-1": "https://us-gov-west-1.console.amazonaws-us-gov.com/ec2/home?region=us-gov-west-1#InstanceDetails:instanceId=i-1",
	} {
		if got := consoleLink(r, "i-1"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	m := open(Options{}, size{120, 40}, steady())
	press(m, "b")
	if !strings.Contains(m.plain(), "sent to clipboard: the address of i-") {
		t.Errorf("%s", m.plain())
	}
	r, _ := m.rows.current()
	for key, want := range map[string]string{"r": "arn:aws:ec2:" + string(r.Region) + ":123456789012:instance/" + string(r.ID), "p": r.PrivateIP, "a": r.PublicIP} {
		if press(m, "c", key); !strings.Contains(m.plain(), "sent to clipboard: "+want) {
			t.Errorf("c, %s does not copy %s:\n%s", key, want, m.plain())
		}
	}
	m = open(Options{Demo: true}, size{120, 40}, steady())
	if press(m, "b"); !strings.Contains(m.plain(), "a simulated cloud has no console") {
		t.Errorf("%s", m.plain())
	}
}

// What the editor left is said: nothing, valid, or every mistake.
func TestAnEditedConfigIsChecked(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	if press(m, "e"); !strings.Contains(m.plain(), "this fleet has no config file") {
		t.Errorf("%s", m.plain())
	}
	m.o.Config = ConfigFile{Path: "c.toml", Check: func(context.Context) (bool, []string) { return false, nil }}
	if press(m, "e"); !strings.Contains(m.plain(), "set $VISUAL or $EDITOR") {
		t.Errorf("%s", m.plain())
	}
	for _, c := range []struct {
		msg  editedMsg
		says string
	}{
		{editedMsg{}, "the config is what it was"},
		{editedMsg{changed: true}, "it is used when spot-tui is started again"},
		{editedMsg{changed: true, mistakes: []string{"c.toml:3: fleet.name: is missing"}}, "c.toml:3: fleet.name: is missing"},
	} {
		m.Update(c.msg)
		if !strings.Contains(m.plain(), c.says) {
			t.Errorf("%+v:\n%s", c.msg, m.plain())
		}
	}
}
