// Package aws implements the ports fleet.Account and fleet.RegionCloud on EC2,
// STS and SSM through aws-sdk-go-v2.
//
// Guarantees: New makes no network call; every call has a deadline; every
// failure is a *fleet.Error whose kind was told once, by exact API code and by
// what the call does (classify.go); whatever is changed or removed had its
// fleet tag read in the same operation, just before (R7). With static
// credentials nothing of the environment, the user's files or the instance
// metadata service is read. All methods are safe for concurrent use.
//
// The API calls that this package can make at all are listed in api.go.
package aws
