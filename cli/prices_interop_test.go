//go:build interop

package cli

import "testing"

// TestInteropMotoHasNoMarket: where a cloud knows neither on-demand prices nor
// interruptions nor scores, each is unknown with its reason (R26), and the spot
// prices that it has are there all the same.
func TestInteropMotoHasNoMarket(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.env = []string{"AWS_ENDPOINT_URL=" + startMoto(t), "AWS_ACCESS_KEY_ID=AKIAMOTO", "AWS_SECRET_ACCESS_KEY=moto", "AWS_REGION=us-east-1"}
	p.setup("moto")
	r := p.must(0, "prices", "--json", "t3.medium", "m5.large", "c5.large", "--regions", "us-west-2").result(t)
	if len(r.Prices) < 3 || len(r.Errors) < 3 {
		t.Errorf("%d rows, errors %v", len(r.Prices), r.Errors)
	}
	for _, row := range r.Prices {
		if row.Spot == nil || *row.Spot <= 0 || row.SpotNote != "" {
			t.Errorf("moto has a spot price: %+v", row)
		}
		if row.OnDemand != nil || row.OnDemandNote == "" || row.Saving != nil || row.Interrupted != nil || row.AdvisorNote == "" || row.Score != nil || row.ScoreNote == "" {
			t.Errorf("moto can't know that, or there is no reason: %+v", row)
		}
	}
}
