package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// made is something that this machine made so lately that EC2 may still hide it.
type made struct {
	Resource
	at time.Time
}

// madeLately lists by region what the journal says was made within the time in
// which EC2 may hide it (aws-facts §1.9), since the last destroy that proved the
// fleet gone. What it has shown once is left out: if that is not shown any more,
// it is gone.
func (e *Engine) madeLately(ctx context.Context) (map[Region][]made, error) {
	ended, err := e.opts.Store.Recent(ctx, e.account(), e.spec.Name, time.Now().Add(-visibleWithin))
	if err != nil {
		return nil, &Error{Op: "read the journal", Kind: KindInternal, Err: err, Hint: "what was made in the last minutes may be hidden by EC2: destroy once more in 5 minutes"}
	}
	open, err := e.opts.Store.Open(ctx, e.account(), e.spec.Name)
	if err != nil {
		return nil, &Error{Op: "read the journal", Kind: KindInternal, Err: err, Hint: "destroy once more in 5 minutes"}
	}
	shown := map[string]bool{}
	note := func(i Intent) {
		var r Resource
		if i.Kind == IntentRemove && json.Unmarshal(i.Request, &r) == nil {
			shown[r.ID], shown[r.Name] = true, true
		}
	}
	by := map[Region][]made{}
	for _, i := range ended {
		note(i.Intent)
		switch {
		case i.Kind == IntentDestroy && i.Region == "" && i.Failure == "":
			by = map[Region][]made{} // proven gone
		case i.Failure == "":
			for _, r := range i.resources() {
				by[i.Region] = append(by[i.Region], made{r, i.EndedAt})
			}
		}
	}
	for _, i := range open {
		note(i)
		if i.Kind == IntentKeeper {
			by[i.Region] = append(by[i.Region], made{Resource{Kind: KindOfKeeper, ID: i.ID, Region: i.Region, State: "an EC2 Fleet that was cut off; waiting until EC2 would show it"}, i.At})
		}
		if i.Kind == IntentNetwork { // cut off: nobody knows how far it came
			by[i.Region] = append(by[i.Region], made{Resource{Kind: KindOfVPC, ID: i.ID, Region: i.Region, State: "a network that was cut off; waiting until EC2 would show it"}, i.At})
		}
	}
	for r := range by {
		by[r] = slices.DeleteFunc(by[r], func(m made) bool { return shown[m.ID] || m.Name != "" && shown[m.Name] })
	}
	return by, nil
}

// resources lists what an intent that was done has made.
func (i Ended) resources() []Resource {
	one := func(k ResourceKind, id, name string) Resource {
		return Resource{Kind: k, ID: id, Name: name, Region: i.Region, State: "made a moment ago; waiting until EC2 shows it"}
	}
	var text string
	switch i.Kind {
	case IntentGroup:
		if json.Unmarshal(i.Result, &text) == nil {
			return []Resource{one(KindOfSecurityGroup, text, "")}
		}
	case IntentTemplate:
		if json.Unmarshal(i.Result, &text) == nil {
			return []Resource{one(KindOfTemplate, "", text)}
		}
	case IntentKeeper:
		if json.Unmarshal(i.Result, &text) == nil {
			return []Resource{one(KindOfKeeper, text, "")}
		}
	case IntentRecord:
		return []Resource{one(KindOfRecord, "", RecordName(i.Fleet))}
	case IntentNetwork:
		var n Network
		if json.Unmarshal(i.Result, &n) == nil {
			rs := []Resource{one(KindOfVPC, n.VPC, "")}
			for _, s := range n.Subnets {
				rs = append(rs, one(KindOfSubnet, s, ""))
			}
			return rs
		}
	default:
	}
	return nil
}

// unseen gives what of the made things no scan has shown yet, and drops the rest.
func unseen(ms []made, found []Resource) []made {
	return slices.DeleteFunc(ms, func(m made) bool {
		return time.Since(m.at) > visibleWithin || slices.ContainsFunc(found, func(r Resource) bool {
			return r.Kind == m.Kind && (m.ID != "" && r.ID == m.ID || m.Name != "" && r.Name == m.Name)
		})
	})
}

// journalRemoval notes that a resource which EC2 shows is about to go. Destroying
// is never blocked by a broken store: then it is only not noted.
func (e *Engine) journalRemoval(ctx context.Context, r Resource) (end func(error)) {
	body, err := json.Marshal(r)
	if err != nil {
		body = []byte("{}") // texts only: can't happen
	}
	in := Intent{ID: fmt.Sprintf("remove-%s-%s", r.ID, randomID(6)), Account: e.account(), Fleet: Name(orText(string(r.Fleet), string(e.spec.Name))), Region: r.Region, Kind: IntentRemove, Request: body, At: time.Now()}
	if err := e.opts.Store.Begin(ctx, in); err != nil {
		return func(error) {}
	}
	return func(failure error) {
		switch KindOf(failure) {
		case KindTimeout, KindNetwork, KindUnknown, KindInternal, KindCanceled:
			return // no answer is no result: the intent stays open
		default:
		}
		_ = e.opts.Store.End(context.WithoutCancel(ctx), in.ID, nil, failure)
	}
}
