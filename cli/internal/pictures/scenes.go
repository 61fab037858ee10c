package main

// scene is a picture: what is typed into the program, and what must stand on the
// screen after each step. The scenes follow one another in one cloud.
type scene struct {
	name, title string
	cols, rows  int
	light       bool
	steps       []step
}

// step makes a fault in the cloud, if there is one, types keys, and waits for
// texts.
type step struct {
	fault string
	keys  []string
	sees  []string
	twice bool // looks once more, which takes another third of a second
}

const (
	enter = "\r"
	esc   = "\x1b"
	right = "\x1b[C"
	left  = "\x1b[D"
)

func keys(ks ...string) []string { return ks }

func sees(texts ...string) []string { return texts }

// word is a text, key by key.
func word(s string) []string {
	var ks []string
	for _, r := range s {
		ks = append(ks, string(r))
	}
	return ks
}

func scenes() []scene {
	quiet := step{sees: sees("Cancel"), twice: true} // a dialog takes no keys at first
	begin := step{sees: sees("123456789012")}
	ready := step{sees: sees("● ready", "i-0")}
	taken := step{fault: `{"fault":"interrupt","instance":"any","n":1}`, sees: sees("interrupted")}
	// The seventh row from the top is a ready one: at most five are interrupted, or gone.
	return []scene{
		{name: "plan", title: "A launch is planned: how many, where, what it costs", cols: 120, rows: 40, steps: []step{
			begin, {keys: keys("n"), sees: sees("What it costs", "review and confirm")},
		}},
		{name: "launching", title: "Instances come up in five regions and are set up", cols: 120, rows: 40, steps: []step{
			begin,
			{keys: keys("n"), sees: sees("What it costs", "review and confirm")},
			{keys: keys(enter), sees: sees("Cancel")},
			quiet,
			{keys: keys("y"), sees: sees("ready", "pending")},
			{sees: sees("setting up")},
		}},
		{name: "fleet", title: "The fleet, just after AWS has taken two instances back", cols: 120, rows: 40, steps: []step{
			begin, {sees: sees("14 of 14 ready")}, {fault: `{"fault":"interrupt","instance":"any","n":2}`, sees: sees("interrupted")},
		}},
		{name: "fleet-80x24", title: "The same on a small terminal", cols: 80, rows: 24, steps: []step{ready, taken}},
		{name: "fleet-200x60", title: "The same on a large terminal", cols: 200, rows: 60, steps: []step{ready, taken}},
		{name: "fleet-light", title: "The same on a light terminal", cols: 120, rows: 40, light: true, steps: []step{ready, taken}},
		{name: "run", title: "A command on every ready instance, equal output once", cols: 120, rows: 40, steps: []step{
			ready, {keys: keys("*", "x"), sees: sees("run on")}, {keys: word("uname -m"), sees: sees("uname -m")}, {keys: keys(enter), sees: sees("aarch64", "x86_64")},
		}},
		{name: "details", title: "Everything that is known of an instance", cols: 120, rows: 40, steps: []step{ready, {keys: keys("g", "j", "j", "j", "j", "j", "j", "d"), sees: sees("copy value")}}},
		{name: "explain", title: "Why an instance can be reached, with evidence", cols: 120, rows: 40, steps: []step{ready, {keys: keys("g", "j", "j", "j", "j", "j", "j", "i"), sees: sees("security group")}}},
		{name: "regions", title: "The regions: how each fares, capacity memory, quotas", cols: 120, rows: 40, steps: []step{ready, {keys: keys("2"), sees: sees("SPOT VCPU", "pools for a launch")}}},
		{name: "prices", title: "What capacity costs, with its week, savings and interruptions", cols: 120, rows: 40, steps: []step{ready, {keys: keys("3"), sees: sees("INTERRUPTED", "saves")}}},
		{name: "prices-light", title: "The same on a light terminal", cols: 120, rows: 40, light: true, steps: []step{ready, {keys: keys("3"), sees: sees("INTERRUPTED", "saves")}}},
		{name: "cost", title: "What the fleet has cost, and what for", cols: 120, rows: 40, steps: []step{ready, {keys: keys("6"), sees: sees("In all", "public IPv4")}}},
		{name: "leftovers", title: "Everything of any fleet, in every region", cols: 120, rows: 40, steps: []step{ready, {keys: keys("7"), sees: sees("network interface", "can go")}}},
		{name: "destroy", title: "Destroying the fleet wants its name", cols: 120, rows: 40, steps: []step{
			ready, {keys: keys("D"), sees: sees("Cancel")}, quiet, {keys: keys(left), sees: sees("Destroy the fleet sensors")}, {keys: word("sens"), sees: sees("sens")},
		}},
		{name: "quit", title: "Leaving says what keeps running, and what it costs", cols: 120, rows: 40, steps: []step{ready, {keys: keys("q"), sees: sees("keep")}}},
		{name: "receipt", title: "The receipt: nothing is left", cols: 120, rows: 40, steps: []step{
			ready, {keys: keys("D"), sees: sees("Cancel")}, quiet, {keys: keys(left), sees: sees("Destroy the fleet sensors")}, {keys: append(word("sensors"), enter), sees: sees("0 left")},
		}},
	}
}
