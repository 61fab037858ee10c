package tui

import (
	"net/url"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// consoleLink is the page of an instance in AWS's console. Each partition has a
// console of its own, and the regions' names tell the partitions apart.
func consoleLink(r fleet.Region, id fleet.InstanceID) string {
	host := string(r) + ".console.aws.amazon.com"
	switch {
	case strings.HasPrefix(string(r), "cn-"):
		host = string(r) + ".console.amazonaws.cn"
	case strings.HasPrefix(string(r), "us-gov-"):
		host = string(r) + ".console.amazonaws-us-gov.com"
	}
	u := url.URL{Scheme: "https", Host: host, Path: "/ec2/home", RawQuery: url.Values{"region": {string(r)}}.Encode(), Fragment: "InstanceDetails:instanceId=" + string(id)}
	return u.String()
}

// copyConsole copies the row's page in AWS's console: the browser is where the
// person is, which need not be where this program runs.
func (m *model) copyConsole() tea.Cmd {
	i, ok := m.rows.current()
	if !ok {
		return nil
	}
	link, what := consoleLink(i.Region, i.ID), "the address of "+string(i.ID)+" in AWS's console"
	return func() tea.Msg { return copyMsg{text: link, what: what} }
}

// realRow says why there is no page about the row.
func realRow(m *model) string {
	switch {
	case m.rows.at == "":
		return "there is no instance here"
	case m.o.Demo:
		return "a simulated cloud has no console"
	}
	return ""
}
