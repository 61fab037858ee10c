package fleet

import "context"

// PENDING: replaced by the engine's own before this lands.
func (e *Engine) Fetch(q FetchRequest) (*Run, error) { panic("pending") }

func (e *Engine) Provision(ids []InstanceID, fromStart bool) (OpID, error) { panic("pending") }

func (e *Engine) Follow(q FollowRequest) (*Tail, error) { panic("pending") }

func (e *Engine) Forward(q ForwardRequest) (*Forwarding, error) { panic("pending") }

func (e *Engine) ConfigText(ids []InstanceID) string { panic("pending") }

func (e *Engine) Output(id InstanceID) ([]string, string) { panic("pending") }

func (e *Engine) Explain(ctx context.Context, id InstanceID) (Explanation, error) { panic("pending") }

func (e *Engine) Commands(ctx context.Context) []string { panic("pending") }
