package sim

import (
	"crypto/sha256"
	"maps"
	"net/url"

	"spot-tui/sim/wire"
)

// answered is what a client token stands for: the request that it came with and
// its answer.
type answered struct {
	request [sha256.Size]byte
	tree    wire.Map
}

// maxToken is the longest client token that EC2 takes (aws-facts §1.6).
const maxToken = 64

// once runs an operation, or repeats its answer where the client token says
// that it has been done. A failed call leaves its token free.
func once(c *call, op operation) (wire.Map, error) {
	token := c.str("ClientToken")
	if !op.tokens || token == "" || c.isDry() {
		return op.run(c)
	}
	if len(token) > maxToken {
		return nil, wire.Errorf("InvalidClientToken", "The client token may not be longer than %d characters", maxToken)
	}
	key, request := c.op+" "+token, fingerprint(c.req.Form)
	if before, ok := c.r.tokens[key]; ok {
		if before.request != request {
			return nil, wire.Errorf("IdempotentParameterMismatch",
				"The request uses the same client token as a previous, but non-identical request.")
		}
		if op.repeat != nil {
			return op.repeat(c, before.tree)
		}
		return before.tree, nil
	}
	tree, err := op.run(c)
	if err != nil {
		return nil, err
	}
	c.r.tokens[key] = answered{request, wire.Clone(tree)}
	return tree, nil
}

// fingerprint is the same for requests that ask the same.
func fingerprint(form url.Values) [sha256.Size]byte {
	f := maps.Clone(form)
	f.Del("Version")
	return sha256.Sum256([]byte(f.Encode())) // Encode sorts by name
}
