package fleet_test

import "net/http"

// httpClient sends the SDK's requests into a world.
type httpClient struct{ rt http.RoundTripper }

// Do implements the SDK's HTTPClient.
func (c httpClient) Do(r *http.Request) (*http.Response, error) { return c.rt.RoundTrip(r) }
