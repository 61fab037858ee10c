package fleet

// PENDING: replaced by the engine's own before this lands.
func (e *Engine) Provision(ids []InstanceID, fromStart bool) (OpID, error) { panic("pending") }
func (e *Engine) Output(id InstanceID) ([]string, string)                  { panic("pending") }
