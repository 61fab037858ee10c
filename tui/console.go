package tui

import (
	"net/url"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// partition is the part of AWS that a region belongs to, as ARNs name it, and the
// domain of its console.
func partition(r fleet.Region) (name, console string) {
	switch {
	case strings.HasPrefix(string(r), "cn-"):
		return "aws-cn", "console.amazonaws.cn"
	case strings.HasPrefix(string(r), "us-gov-"):
		return "aws-us-gov", "console.amazonaws-us-gov.com"
	}
	return "aws", "console.aws.amazon.com"
}

// consoleLink is the page of an instance in AWS's console.
func consoleLink(r fleet.Region, id fleet.InstanceID) string {
	_, domain := partition(r)
	u := url.URL{Scheme: "https", Host: string(r) + "." + domain, Path: "/ec2/home", RawQuery: url.Values{"region": {string(r)}}.Encode(), Fragment: "InstanceDetails:instanceId=" + string(id)}
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

// copyARN copies the name by which all of AWS knows the instance.
func (v *copyMenu) copyARN(m *model) tea.Cmd {
	if i, ok := m.rows.of(v.id); ok && m.arn(i) != "" {
		return tea.Batch(m.back(), copyText(m.arn(i)))
	}
	return tea.Batch(m.back(), m.say("AWS has not said yet which account "+string(v.id)+" is in"))
}

// arn is the name by which all of AWS knows an instance; empty while the account is
// not known.
func (m *model) arn(i *fleet.Instance) string {
	if m.summary.Identity.Account == "" {
		return ""
	}
	name, _ := partition(i.Region)
	return "arn:" + name + ":ec2:" + string(i.Region) + ":" + m.summary.Identity.Account + ":instance/" + string(i.ID)
}
