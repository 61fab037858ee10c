package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"spot-tui/aws"
	"spot-tui/fleet"
)

// result is the last object that --json prints, whatever the exit code.
// docs/cli.md documents it; its names are a promise to scripts.
type result struct {
	Leftovers []fleet.Leftover `json:"leftovers,omitzero"` // of cleanup: what was found, or what was chosen

	Fleet     fleet.Name        `json:"fleet,omitempty"`
	Instances []jsonInstance    `json:"instances,omitzero"`
	Errors    []jsonError       `json:"errors"`
	Receipt   *fleet.Receipt    `json:"receipt,omitempty"`
	Fleets    []seenFleet       `json:"fleets,omitempty"`   // of nuke: what was found
	Receipts  []fleet.Receipt   `json:"receipts,omitempty"` // of nuke: one per fleet
	Asks      []fleet.Ask       `json:"asks,omitzero"`      // of create and scale: the requests for capacity and what came of each
	Benches   []fleet.Bench     `json:"benches,omitzero"`   // of capacity: what is left alone, or was lifted
	Plan      *fleet.Plan       `json:"plan,omitempty"`
	Why       []fleet.RegionWhy `json:"why,omitempty"` // of plan --explain
	Hosts     []jsonHost        `json:"hosts,omitzero"`
	Path      string            `json:"path,omitempty"`
	Version   *versionInfo      `json:"version,omitempty"`
	Keys      []jsonKey         `json:"keys,omitzero"`
	Text      string            `json:"text,omitempty"` // of a verb that prints a page
	Address   string            `json:"address,omitempty"`
	Commands  []string          `json:"commands,omitzero"`
	Explained *jsonExplained    `json:"explained,omitempty"`
	Details   *jsonDetails      `json:"details,omitempty"`
	Deploy    *jsonDeploy       `json:"deploy,omitempty"`  // of validate: the predecessor's folder
	Policies  []aws.Policy      `json:"policies,omitzero"` // of iam-policy
	Costs     *jsonCosts        `json:"costs,omitempty"`
	Prices    []jsonPrice       `json:"prices,omitzero"`
	Count     *int              `json:"count,omitempty"` // of events: how many; of wait: how many are where they should be
}

// jsonInstance is an instance as scripts see it: EC2's state, our stage.
type jsonInstance struct {
	ID         fleet.InstanceID   `json:"id"`
	Region     fleet.Region       `json:"region"`
	Zone       fleet.Zone         `json:"zone"`
	Type       fleet.InstanceType `json:"type"`
	State      fleet.State        `json:"state"`
	Stage      fleet.Stage        `json:"stage"`
	Reason     string             `json:"reason"`
	PublicIP   string             `json:"public_ip"`
	PrivateIP  string             `json:"private_ip"`
	IPv6       string             `json:"ipv6,omitempty"`
	Address    string             `json:"address,omitempty"` // the one by which it is reached
	Launch     fleet.LaunchID     `json:"launch"`
	LaunchedAt time.Time          `json:"launched_at"`
	EndsAt     *time.Time         `json:"ends_at"`
	PriceUSD   *float64           `json:"price_usd_hour"`
	PriceNote  string             `json:"price_note,omitempty"`
	OnDemand   bool               `json:"on_demand"`
	Locked     bool               `json:"locked"`
	Origin     fleet.Origin       `json:"origin"`
}

func toJSON(i fleet.Instance) jsonInstance {
	j := jsonInstance{
		ID: i.ID, Region: i.Region, Zone: i.Zone, Type: i.Type, State: i.State, Stage: i.Stage, Reason: i.Reason,
		PublicIP: i.PublicIP, PrivateIP: i.PrivateIP, IPv6: i.IPv6, Address: i.Host(), Launch: i.Launch, LaunchedAt: i.LaunchedAt.UTC(),
		OnDemand: i.OnDemand, Locked: i.Locked, Origin: i.Origin,
	}
	if !i.EndsAt.IsZero() {
		t := i.EndsAt.UTC()
		j.EndsAt = &t
	}
	if i.Price.Known {
		j.PriceUSD = &i.Price.USD
	} else {
		j.PriceNote = i.Price.Reason
	}
	return j
}

// jsonError is one failure.
type jsonError struct {
	Kind    fleet.Kind   `json:"kind"`
	Region  fleet.Region `json:"region,omitempty"`
	Code    string       `json:"code,omitempty"`
	Message string       `json:"message"`
	Hint    string       `json:"hint,omitempty"`
}

func toJSONError(err error) jsonError {
	if err == nil {
		return jsonError{Kind: fleet.KindUnknown}
	}
	var e *fleet.Error
	if !errors.As(err, &e) {
		k := fleet.KindOf(err)
		var x *exit
		if errors.As(err, &x) && x.code == exitUsage {
			k = fleet.KindInvalid
		}
		return jsonError{Kind: k, Message: err.Error()}
	}
	return jsonError{Kind: e.Kind, Region: e.Region, Code: e.Code, Message: err.Error(), Hint: e.Hint}
}

// jsonHost is one host's part of an exec or upload.
type jsonHost struct {
	ID      fleet.InstanceID `json:"id"`
	Region  fleet.Region     `json:"region"`
	Exit    *int             `json:"exit"` // null where the command never reported one
	Signal  string           `json:"signal,omitempty"`
	Output  string           `json:"output"`
	Cut     int64            `json:"cut_bytes,omitempty"`
	File    string           `json:"file,omitempty"`  // where all of the output lies, if that is more
	Sum     string           `json:"sum,omitempty"`   // equal for equal output
	Phase   string           `json:"phase"`           // ended, or how far it was when it was given up
	Bytes   *int64           `json:"bytes,omitempty"` // of a copy: moved so far
	Seconds float64          `json:"seconds"`
	Error   string           `json:"error,omitempty"`
}

func (a *app) printJSON(v any) {
	e := json.NewEncoder(a.env.Stdout)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a reader that went away: there is no one left to tell
}

func (a *app) printResult(r result) {
	if r.Errors == nil {
		r.Errors = []jsonError{}
	}
	a.printJSON(struct {
		Result result `json:"result"`
	}{r})
}

func (a *app) printf(format string, args ...any) {
	fmt.Fprintf(a.env.Stdout, format, args...)
}

// progress prints events as they happen: JSON objects, or plain lines on stderr.
func (a *app) progress(b fleet.Batch) {
	for _, e := range b.Events {
		if a.flags.json {
			a.printJSON(e)
			continue
		}
		where := string(e.Region)
		if e.Instance != "" {
			where += " " + string(e.Instance)
		}
		fmt.Fprintf(a.env.Stderr, "%s  %-14s %s\n", e.At.Format("15:04:05"), strings.TrimSpace(where), e.Text)
	}
}

// ask puts a question to the person; anything but want is a no.
func (a *app) ask(question, want string) error {
	fmt.Fprintf(a.env.Stderr, "%s ", question)
	line, err := bufio.NewReader(a.env.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return &exit{code: exitFailed, err: errors.New("no answer; nothing was changed")}
	}
	if strings.TrimSpace(line) != want {
		return &exit{code: exitFailed, err: errors.New("not confirmed; nothing was changed")}
	}
	return nil
}

// table prints rows with columns as wide as they need to be, without colour.
func (a *app) table(head []string, rows [][]string) {
	width := make([]int, len(head))
	for _, r := range append([][]string{head}, rows...) {
		for i, c := range r {
			width[i] = max(width[i], len([]rune(c)))
		}
	}
	for _, r := range append([][]string{head}, rows...) {
		var b strings.Builder
		for i, c := range r {
			b.WriteString(c)
			if i < len(r)-1 {
				b.WriteString(strings.Repeat(" ", width[i]-len([]rune(c))+2))
			}
		}
		a.printf("%s\n", strings.TrimRight(b.String(), " "))
	}
}

func money(p fleet.Price) string {
	if !p.Known {
		return "?"
	}
	return fmt.Sprintf("$%.4f", p.USD)
}

// counted gives "1 instance" or "3 instances".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// sortedKeys gives a map's keys in order, so that output never depends on chance.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
