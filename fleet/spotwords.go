package fleet

// SpotWords says in plain words what a spot request's status code means, for
// every code of aws-facts §4.1; empty for one that is new to us.
func SpotWords(code string) string {
	switch code {
	// before it is fulfilled
	case "pending-evaluation":
		return "AWS has not looked at the request yet"
	case "pending-fulfillment":
		return "AWS is looking for a machine"
	case "bad-parameters":
		return "AWS refused the request: one of its values is not valid"
	case "schedule-expired":
		return "the request's time was over before a machine was found"
	case "canceled-before-fulfillment":
		return "the request was cancelled before a machine was found"
	case "system-error":
		return "a fault of AWS ended the request"
	// it is held
	case "capacity-not-available":
		return "there is no spot capacity in this pool now"
	case "price-too-low":
		return "the spot price is above the highest price that was asked for"
	case "not-scheduled-yet":
		return "the request's time has not come yet"
	case "launch-group-constraint":
		return "not all of its launch group can start at the same time"
	case "az-group-constraint":
		return "not all that was asked for fits into one zone"
	case "placement-group-constraint":
		return "its placement group has no room for it"
	case "constraint-not-fulfillable":
		return "no machine meets everything that was asked for"
	case "limit-exceeded":
		return "the account's limit of volumes or their size was reached"
	// it runs
	case "fulfilled":
		return "the request is fulfilled: nothing says that AWS wants the machine back"
	case "request-canceled-and-instance-running":
		return "the request was cancelled; its instance runs on"
	case "marked-for-stop":
		return "AWS takes the machine back: the instance is stopped within two minutes"
	case "marked-for-termination":
		return "AWS takes the machine back: the instance ends within two minutes"
	}
	return endedSpotWords(code)
}

// endedSpotWords is SpotWords for the codes of requests whose instance has ended.
func endedSpotWords(code string) string {
	switch code {
	case "instance-stopped-by-price":
		return "AWS stopped it: the spot price rose above the highest price that was asked for"
	case "instance-stopped-by-user":
		return "it was stopped on request, or shut itself down"
	case "instance-stopped-no-capacity":
		return "AWS stopped it for lack of spot capacity"
	case "instance-terminated-by-price":
		return "AWS took it back: the spot price rose above the highest price that was asked for"
	case "instance-terminated-by-schedule":
		return "it ended at the time that its request named"
	case "instance-terminated-by-service":
		return "it was ended from its stopped state by AWS"
	case "instance-terminated-by-user", "spot-instance-terminated-by-user":
		return "it was terminated on request, or shut itself down"
	case "instance-terminated-no-capacity":
		return "AWS took it back for lack of spot capacity"
	case "instance-terminated-launch-group-constraint":
		return "AWS ended it, because another of its launch group had ended"
	}
	return ""
}

// check is the request as a piece of evidence.
func (s SpotRequest) check() Check {
	words := SpotWords(s.Code)
	switch {
	case words == "" && s.Message != "":
		words = s.Message
	case words == "":
		words = "EC2 gives it no meaning that is known here"
	}
	c := Check{What: "spot request", State: CheckOK, Detail: words + " (" + orText(s.Code, "no status code") + ")"}
	if s.Code != "fulfilled" {
		c.State = CheckWarn
	}
	return c
}
