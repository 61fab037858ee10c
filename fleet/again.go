package fleet

import (
	"fmt"
	"slices"
	"sync"
)

// Provision implements Face (R18).
func (e *Engine) Provision(ids []InstanceID, fromStart bool) (OpID, error) {
	const op = "provision"
	if err := e.guard(op, true); err != nil {
		return "", err
	}
	if len(ids) == 0 {
		return "", &Error{Op: op, Kind: KindInvalid, Err: errText("no instance is named")}
	}
	if !e.spec.Provision.Enabled {
		return "", &Error{Op: op, Kind: KindInvalid, Err: errText("provisioning is switched off"), Hint: "set provision.enabled = true in the config"}
	}
	if err := e.allOurs(e.asResources(ids), false); err != nil { // its mark in EC2 changes, and what runs there is another's
		refused := *AsError(op, "", err)
		refused.Op = op
		return "", &refused
	}
	title := "take up provisioning of "
	if fromStart {
		title = "provision from the start: "
	}
	id := e.newOp(OpProvision, title+plural(len(ids), "instance"), len(ids))
	e.group.run(string(id), func() { e.provisionAgain(id, slices.Clone(ids), fromStart) })
	return id, nil
}

// provisionAgain starts the pipelines and waits until none of them goes on.
func (e *Engine) provisionAgain(op OpID, ids []InstanceID, fromStart bool) {
	var errs failures
	var mu sync.Mutex
	started := map[InstanceID]bool{}
	var wg sync.WaitGroup
	for _, id := range ids {
		wg.Add(1)
		e.group.run("start "+string(id), func() {
			defer wg.Done()
			err := e.startAgain(id, fromStart)
			mu.Lock()
			defer mu.Unlock()
			if started[id] = err == nil; err != nil {
				e.fail(op, &errs, err)
			}
		})
	}
	wg.Wait()
	ready, failed := e.awaitSettled(op, started)
	text := plural(ready, "instance") + " ready"
	if failed += errs.count(); failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	e.endOp(op, &errs, text)
}

// startAgain has an instance's worker start the pipeline.
func (e *Engine) startAgain(id InstanceID, fromStart bool) error {
	in, ok := e.instance(id)
	refuse := func(k Kind, text, hint string) error {
		return &Error{Op: "provision", Resource: string(id), Region: in.Region, Kind: k, Err: errText(text), Hint: hint}
	}
	if !ok {
		return refuse(KindGone, "no such instance in this fleet", "`spot-tui list` shows the ids")
	}
	w := e.worker(in.Region)
	if fromStart && in.Stage == StageReady {
		// Others must not take it for ready while it is set up anew.
		if err := w.cloud.Mark(e.ctx, e.spec.Name, []InstanceID{id}, map[string]string{TagReady: ""}); err != nil {
			return err
		}
	}
	var err error
	asked := w.do(e.ctx, func() {
		o := w.instances[id]
		switch {
		case o == nil || o.Stage.Leaving():
			err = refuse(KindGone, "it is gone or going", "")
		case o.going:
			err = refuse(KindConflict, "it is being provisioned already", "wait until that ends")
		case o.State != StateRunning:
			err = refuse(KindConflict, "it is "+string(o.State)+", not running", "wait until it runs")
		case o.Stage == StageReady && !fromStart:
			// nothing is unfinished
		default:
			o.mine, o.fresh = true, fromStart
			if fromStart {
				o.marked = false
			}
			w.provision(o)
			w.publish(o)
		}
	})
	if asked != nil {
		return asked
	}
	return err
}

// awaitSettled waits until the started ones are ready, failed or gone.
func (e *Engine) awaitSettled(op OpID, started map[InstanceID]bool) (ready, failed int) {
	var c Cursor
	stages := map[InstanceID]Stage{}
	for {
		b, err := e.Next(e.ctx, c)
		if err != nil {
			return ready, failed
		}
		c = b.Cursor
		for _, i := range b.Instances {
			if started[i.ID] {
				stages[i.ID] = i.Stage
			}
		}
		moving := 0
		ready, failed = 0, 0
		for _, s := range stages {
			switch {
			case s == StageReady:
				ready++
			case s.Settled() || s.Leaving():
				failed++
			default:
				moving++
			}
		}
		e.feed.opIfChanged(op, ready+failed, len(stages), fmt.Sprintf("%d ready, %d on the way", ready, moving))
		if moving == 0 {
			return ready, failed
		}
	}
}
