package fleet

import (
	"context"
	"time"
)

// owned is an instance and what only its worker knows of it.
type owned struct {
	*Instance                         // never changed but through edit: faces and the store may have it
	shown     bool                    // the present one was published
	seen      time.Time               // the last describe that showed it
	missed    int                     // describes that did not show it, in a row
	known     time.Time               // when this process or the store first knew it
	stop      context.CancelFunc      // ends its provisioning
	fail      context.CancelCauseFunc // ends its provisioning with a reason
	going     bool                    // its provisioning goes on
	anew      bool                    // what goes on began from the start
	fresh     bool                    // it is to be provisioned from the start
	checking  bool                    // its host key is being compared to its console
	mine      bool                    // its provisioning is ours to do
	marked    bool                    // TagReady is on it, or on its way
	readyAt   time.Time               // what TagReady says
	announced bool                    // that it runs was told
	counted   bool                    // its end stands in a receipt
	was       Stage                   // before a destroy was asked for
	quiet     bool                    // its end is told when its keeper's history has been read
}

// edit gives the instance to be changed: a copy, once it was published.
func (o *owned) edit() *Instance {
	if o.shown {
		i := *o.Instance
		o.Instance, o.shown = &i, false
	}
	return o.Instance
}
