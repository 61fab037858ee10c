package tui

import (
	"errors"
	"fmt"
	"strings"

	"spot-tui/fleet"
)

// leftovers scans every enabled region and says what is left; its numbers are what
// cleanup takes.
func (l *linear) leftovers(args string) error {
	o, err := wanted(args, "old!")
	if err != nil {
		return err
	}
	v, _ := newLeftovers().(*leftoversView)
	v.old = o["old"] != ""
	l.say("asking every enabled region")
	msg, err := answerOf[leftoversMsg](v.reload(l.m))
	if err != nil {
		return err
	}
	v.take(msg)
	v.notes = v.noted(l.m)
	l.left = v
	if err := sayRows(l, &v.grid, o, nil); err != nil {
		return err
	}
	if can := v.rep.Takable(); len(can) > 0 {
		l.say("%d can go, %s: cleanup deletes them by their numbers", len(can), monthSum(can))
	}
	return nil
}

// cleanup asks about leftovers. What is deleted is what is named here, as it was
// said (R5, R6), and ours and the predecessor's never by one confirmation.
func (l *linear) cleanup(args string) error {
	if why := known(l.m); why != "" {
		return errors.New(why)
	}
	if l.left == nil {
		return errors.New("write leftovers first: its numbers say what")
	}
	if args == "" {
		return errors.New("write the numbers of the list, or all")
	}
	rows, err := numbered(l.left.shown, l.left.id, args)
	if err != nil {
		return err
	}
	v := leftoversView{grid: grid[fleet.Leftover]{id: l.left.id, marks: map[string]bool{}}}
	for _, r := range rows {
		v.all, v.marks[r.Key()] = append(v.all, *r), true
	}
	take, stay := v.targets()
	for _, r := range rows {
		if r.Refused != "" {
			l.say("stays: %s %s in %s: %s", r.Kind, r.ID, r.Region, r.Refused)
		}
	}
	choices := cleanupChoices(take)
	switch {
	case len(choices) == 0:
		return errors.New("nothing of it may go")
	case len(choices) > 1:
		return errors.New("ours and the predecessor's are deleted one after the other; name those of one")
	}
	c := choices[0]
	l.say("to be deleted in account %s: %s in %s, %s", l.m.summary.Identity.Account, count(len(c.items), "thing"), strings.Join(regionsOf(c.items), ", "), monthSum(c.items))
	for _, r := range c.items {
		l.say("  %s %s %s in %s", r.Group(), r.Kind, r.ID, r.Region)
	}
	if stay > 0 {
		l.say("%d must stay and are left out", stay)
	}
	need := c.word
	if len(c.items) == 1 {
		need = "y"
	}
	l.confirm(need, fmt.Sprintf("Delete %s? Each is looked at again first: what has changed is left alone.", count(len(c.items), "thing")), func() {
		l.left = nil // its numbers are of what was
		l.m.did(c.words()...)
		l.expect(l.m.o.Face.Cleanup(fleet.CleanupRequest{Items: c.items}))
	})
	return nil
}
