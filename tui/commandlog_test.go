package tui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// Each action that is done stands in the command log as the line that does the
// same, with all its words safe in a shell.
func TestTheCommandLogHasEveryAction(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		keys []string
		line string
	}{
		{[]string{"x", "l", "s", " ", "'", "enter"}, `spot-tui --fleet=demo exec --on i-0a1b2c3d4e5f60001 -- 'ls '\'''`},
		{[]string{"r"}, "spot-tui --fleet=demo list"},
		{[]string{"i"}, "spot-tui --fleet=demo explain i-0a1b2c3d4e5f60001"},
		{[]string{"l", "/", "x", "enter"}, "spot-tui --fleet=demo logs i-0a1b2c3d4e5f60001 --file /x"},
		{[]string{"P", "y"}, "spot-tui --fleet=demo provision --from-start i-0a1b2c3d4e5f60001"},
		{[]string{"D", "y"}, "spot-tui --fleet=demo destroy --yes i-0a1b2c3d4e5f60001"},
		{[]string{"D", "left", "s", "e", "n", "s", "o", "r", "s", "enter"}, "spot-tui --fleet=demo destroy --yes"},
		{[]string{"-", "y"}, "spot-tui --fleet=demo scale --yes 10"},
		{[]string{"j", "H", "y"}, "spot-tui --fleet=demo replace --yes i-"},
		{[]string{"$", "s", "e", "n", "s", "o", "r", "s", "enter"}, "spot-tui --fleet=demo move --yes "},
		{[]string{"j", "L"}, "spot-tui --fleet=demo lock i-"},
		{[]string{"+", "enter", "y"}, "spot-tui --fleet=demo create --yes --target "},
		{[]string{"n", "enter", "y"}, "spot-tui --fleet=demo create --yes --target "},
	} {
		m := open(Options{Face: &fakeFace{plan: plan()}, Program: []string{"spot-tui", "--fleet=demo"}}, size{120, 40}, steady())
		first := string(m.rows.at)
		press(m, c.keys...)
		want := strings.ReplaceAll(c.line, "i-0a1b2c3d4e5f60001", first)
		if len(m.deeds) == 0 || !strings.HasPrefix(m.deeds[len(m.deeds)-1].line, want) {
			t.Errorf("%v: %+v, want %s", c.keys, m.deeds, want)
		}
	}
}

// API calls stand below the action after which they ended: what changes first,
// each failure with what one needs to ask AWS about it.
func TestTheCommandLogHasTheCalls(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return time.Date(2026, 1, 1, 12, 0, s, 0, time.Local) }
	got := commandLog(
		[]deed{{at(10), "spot-tui create --yes"}, {at(20), "spot-tui list"}},
		[]fleet.Call{
			{At: at(5), Op: "GetCallerIdentity"},
			{At: at(11), Op: "DescribeInstances"},
			{At: at(12), Op: "CreateFleet"},
			{At: at(13), Op: "CreateFleet", Region: "us-east-1", Took: time.Second, Kind: fleet.KindThrottle, Err: &fleet.Error{Code: "RequestLimitExceeded", RequestID: "abc-1", Err: errors.New("x")}},
			{At: at(21), Op: "DescribeInstances"},
		})
	want := `12:00:05  # before the first action
          # GetCallerIdentity
12:00:10  spot-tui create --yes
          # CreateFleet ×2, DescribeInstances
          # 12:00:13 CreateFleet failed in us-east-1 after 1s: RequestLimitExceeded, request abc-1
12:00:20  spot-tui list
          # DescribeInstances`
	if strings.Join(got, "\n") != want {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	m := open(Options{Calls: func() []fleet.Call { return nil }}, size{120, 40}, steady())
	press(m, "@")
	if frame := m.plain(); !strings.Contains(frame, "Command log") || !strings.Contains(frame, "nothing has been done in this session") {
		t.Errorf("%s", frame)
	}
}
