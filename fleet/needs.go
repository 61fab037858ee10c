package fleet

// The filters that a survey applies to types, by name; the rest of the chain is
// in filters.go.
const (
	FilterKnown = "known" // EC2 has such a type in the region
	FilterSpot  = "spot"  // it is sold as spot
	FilterImage = "image" // the image exists for its architecture
	FilterZone  = "zone"  // a zone that can be used offers it
)
