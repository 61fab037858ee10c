package sim

import (
	"net/http"
	"time"

	"spot-tui/sim/wire"
)

// identity answers STS's GetCallerIdentity.
func identity(c *call) (wire.Map, error) {
	if c.op != "GetCallerIdentity" {
		return nil, &wire.Error{Code: "InvalidAction", Message: "Could not find operation " + c.op, Status: http.StatusNotFound}
	}
	return wire.Map{"Account": Account, "Arn": CallerARN, "UserId": "AROASIMULATEDCLOUD00:demo"}, nil
}

// parameters answers SSM's GetParameter and GetParameters.
func parameters(c *call) (wire.Map, error) {
	switch c.op {
	case "GetParameter":
		p := c.parameter(c.str("Name"))
		if p == nil {
			return nil, wire.Errorf("ParameterNotFound", "The parameter %q does not exist.", c.str("Name"))
		}
		return wire.Map{"Parameter": p}, nil
	case "GetParameters":
		names := c.list("Names")
		if len(names) == 0 || len(names) > 10 {
			return nil, wire.Errorf("ValidationException", "1 to 10 names may be asked for at once, not %d", len(names))
		}
		known, unknown := wire.List{}, wire.List{}
		for _, n := range names {
			if p := c.parameter(n); p != nil {
				known = append(known, p)
			} else {
				unknown = append(unknown, n)
			}
		}
		return wire.Map{"Parameters": known, "InvalidParameters": unknown}, nil
	}
	return nil, wire.Errorf("UnknownOperationException", "This simulated cloud knows GetParameter and GetParameters only")
}

func (c *call) parameter(name string) wire.Map {
	image, ok := c.r.parameter(name)
	if !ok {
		return nil
	}
	began, _ := time.Parse(time.RFC3339, worldBegan) // a constant
	return wire.Map{
		"Name": name, "Type": "String", "Value": image, "Version": 1, "DataType": "aws:ec2:image",
		"ARN":              "arn:aws:ssm:" + c.r.info.name + "::parameter" + name,
		"LastModifiedDate": float64(began.Unix()),
	}
}
