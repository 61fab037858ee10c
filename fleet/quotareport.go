package fleet

import (
	"context"
	"sync"
)

// RegionQuotas is what a region's vCPU quotas leave, or why nobody could be asked.
type RegionQuotas struct {
	Region  Region  `json:"region"`
	Quotas  []Quota `json:"quotas,omitempty"`
	Problem *Error  `json:"-"`
}

// EnabledRegions implements Allowance.
func (e *Engine) EnabledRegions(ctx context.Context) ([]Region, error) {
	return e.opts.Account.Regions(ctx)
}

// Quotas implements Face.
func (e *Engine) Quotas(ctx context.Context) ([]RegionQuotas, error) {
	if _, err := e.Identity(ctx); err != nil {
		return nil, err
	}
	out := make([]RegionQuotas, len(e.spec.Regions))
	var wg sync.WaitGroup
	for i, r := range e.spec.Regions {
		w := e.worker(r.Name)
		wg.Add(1)
		e.group.run("quotas "+string(r.Name), func() {
			defer wg.Done()
			qs, err := w.cloud.Quotas(ctx)
			out[i] = RegionQuotas{Region: r.Name, Quotas: qs}
			if err != nil {
				out[i].Problem = AsError("read quotas", r.Name, err)
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, AsError("read quotas", "", ctx.Err())
	}
	return out, nil
}
