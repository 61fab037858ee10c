package fleet

import "fmt"

// monthHours is AWS's month for prices that are given by the month.
const monthHours = 730

// Prices of what may be left, in USD. All are us-east-1's; other regions differ.
const (
	gp3GiBMonth      = 0.08 // aws-facts §5.6
	snapshotGiBMonth = 0.05 // EBS snapshots, standard tier: AWS's EBS price list, us-east-1
)

// worth gives the resource with what it costs in a month, as far as that is
// known. perHour is what an instance's pool costs now.
func (r Resource) worth(perHour func(InstanceType, Zone) Price) Resource {
	usd, note, ok := r.monthly(perHour)
	if ok {
		r.USDMonth = &usd
	}
	r.USDNote = note
	return r
}

func (r Resource) monthly(perHour func(InstanceType, Zone) Price) (usd float64, note string, known bool) {
	abroad := ""
	if r.Region != "us-east-1" {
		abroad = ", at us-east-1's price"
	}
	switch r.Kind {
	case KindOfInstance:
		return r.instanceMonth(perHour)
	case KindOfVolume:
		if r.Type != "gp3" {
			return 0, "the price of " + orText(r.Type, "this type") + " volumes is not known here", false
		}
		return float64(r.GiB) * gp3GiBMonth, fmt.Sprintf("estimate: %d GiB × $%.2f%s", r.GiB, gp3GiBMonth, abroad), true
	case KindOfSnapshot:
		return float64(r.GiB) * snapshotGiBMonth, fmt.Sprintf("at most: %d GiB × $%.2f if every block is written%s", r.GiB, snapshotGiBMonth, abroad), true
	case KindOfAddress:
		return ipv4Hour * monthHours, fmt.Sprintf("$%.3f per hour, used or not", ipv4Hour), true
	case KindOfKeeper:
		return 0, "it costs what it launches", true
	default:
		return 0, "it costs nothing", true
	}
}

func (r Resource) instanceMonth(perHour func(InstanceType, Zone) Price) (usd float64, note string, known bool) {
	switch State(r.State) {
	case StateStopped, StateStopping, StateShuttingDown, StateTerminated:
		return 0, "it does not run; its disks cost by themselves", true
	case StatePending, StateRunning:
	}
	p := perHour(InstanceType(r.Type), r.Zone)
	if !p.Known {
		return 0, orText(p.Reason, PriceNotAsked), false
	}
	usd, note = p.USD*monthHours, fmt.Sprintf("estimate: $%.4f per hour at the present spot price", p.USD)
	if !r.Spot {
		note = fmt.Sprintf("$%.4f per hour on-demand", p.USD)
	}
	if r.Public {
		usd, note = usd+ipv4Hour*monthHours, note+fmt.Sprintf(" and $%.3f for its public address", ipv4Hour)
	}
	return usd, note, true
}

// MonthOf adds up what resources cost in a month; known says whether every one
// of them has a price.
func MonthOf(rs []Resource) (usd float64, known bool) {
	known = true
	for _, r := range rs {
		if r.USDMonth == nil {
			known = false
			continue
		}
		usd += *r.USDMonth
	}
	return usd, known
}

// MonthText is what a resource costs in a month, for a person: "$3.65/month", or
// "?/month" with the reason where it is unknown (R26).
func (r Resource) MonthText() string {
	switch {
	case r.USDMonth == nil:
		return "?/month (" + orText(r.USDNote, "not known") + ")"
	case *r.USDMonth == 0:
		return "free"
	default:
		return fmt.Sprintf("$%.2f/month", *r.USDMonth)
	}
}
