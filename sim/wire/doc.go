// Package wire speaks EC2's, STS's and SSM's wire protocols for the simulated
// cloud: requests become trees of API member names, and trees become answers.
//
// The wire names of EC2 stand in tables_gen.txt only, generated from EC2's own
// service model. A request that names a parameter unknown to the model is
// refused, as EC2 refuses it; a tree with a member unknown to the model is a
// fault of the simulated cloud and gives an error, never a silent omission.
// Trees are Map, List, string, int64 (int is accepted), float64, bool and
// time.Time. The package holds no mutable state.
package wire

//go:generate go run ../internal/gen -out tables_gen.txt
