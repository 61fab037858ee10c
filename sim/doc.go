// Package sim is a simulated cloud: regions with zones, instance types, spot
// pools with prices and capacity, instances that boot, serve SSH, get
// interrupted and end, served over AWS's real wire protocols (EC2 Query/XML,
// STS, SSM), so that an unchanged SDK, botocore or AWS CLI works against it.
//
// A World keeps everything in memory. Time is the standard library's: every
// latency is a timer, so a World made inside a testing/synctest bubble lives in
// virtual time. After Close no goroutine and no timer of a World is left. All
// methods of World are safe for concurrent use.
//
// The package knows none of the project's other packages: what works against it
// went through the same wire as the real thing.
package sim
