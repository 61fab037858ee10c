package fleet

import (
	"strings"
	"testing"
)

// Every state reason code that EC2 documents has plain words, and a code that is
// new to us is shown as EC2 says it (R22).
func TestEveryReasonHasWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, code := range []string{ // aws-facts §4.2
		"Server.SpotInstanceTermination", "Server.InsufficientInstanceCapacity", "Server.InternalError", "Server.ScheduledStop", "Client.UserInitiatedShutdown",
		"Client.InstanceInitiatedShutdown", "Client.InternalError", "Client.InvalidSnapshot.NotFound", "Client.VolumeLimitExceeded", "Client.InstanceTerminated", "Client.UserInitiatedHibernate",
	} {
		words := whyGone(Observation{StateReasonCode: code, StateReason: "raw"})
		if words == "" || strings.Contains(words, code) || seen[words] {
			t.Errorf("%s is %q", code, words)
		}
		seen[words] = true
	}
	if got := whyGone(Observation{StateReasonCode: "Client.New", StateReason: "something new"}); got != "something new (Client.New)" {
		t.Errorf("%q", got)
	}
}
