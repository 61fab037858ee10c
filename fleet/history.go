package fleet

import (
	"context"
	"strings"
	"time"
)

// historyLines is how many earlier command lines are offered.
const historyLines = 200

// remember keeps a command line for the history, soon. Without a store it is
// forgotten: the command matters more.
func (e *Engine) remember(line string) {
	if strings.TrimSpace(line) == "" || strings.HasPrefix(line, " ") { // a leading blank keeps a line out, as in shells
		return
	}
	account := e.account()
	if account == "" {
		return
	}
	e.group.run("remember a command", func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(e.ctx), 5*time.Second)
		defer cancel()
		if err := e.opts.Store.SaveCommand(ctx, account, e.spec.Name, line); err != nil {
			e.log.Debug("a command was not kept in the history", "error", err)
		}
	})
}

// Commands implements Access.
func (e *Engine) Commands(ctx context.Context) []string {
	account := e.account()
	if account == "" {
		return nil
	}
	lines, err := e.opts.Store.Commands(ctx, account, e.spec.Name, historyLines)
	if err != nil {
		e.log.Debug("the command history can't be read", "error", err)
	}
	return lines
}
