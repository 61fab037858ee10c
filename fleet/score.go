package fleet

// MinScoreTypes is how many different types a score needs: with fewer it is
// always low and says nothing (aws-facts §5.4).
const MinScoreTypes = 3

// ScoreRequest asks how likely spot capacity is for a set of types together.
type ScoreRequest struct {
	Types   []InstanceType // MinScoreTypes or more
	Count   int            // instances, 1 or more
	Regions []Region       // the regions to compare; empty: this one
	ByZone  bool           // per zone, as if all had to be in one; else per region
}

// Score is AWS's spot placement score: 10 says that the request as a whole is
// very likely to be met at this moment, 1 that it is not. It is no promise, it is
// of all types together, and AWS gives the ten best places only (aws-facts §5.4).
type Score struct {
	Region Region `json:"region"`
	Zone   Zone   `json:"zone,omitempty"` // empty: of the region as a whole
	Score  int    `json:"score"`          // 1 to 10
}
