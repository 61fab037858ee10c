// Package ssh reaches into instances: it implements fleet.Shell on
// golang.org/x/crypto/ssh. No ssh program is needed.
//
// Guarantees:
//
//   - One connection per instance, shared by everything that runs there; it is
//     dialed once however many ask for it, and replaced when it breaks. At most
//     8 sessions run on it at a time (OpenSSH's MaxSessions is 10), others wait.
//   - Every wait honours its context and has a bound: connecting (TCP, key
//     exchange and login together) takes at most Options.ConnectTimeout, and a
//     silent peer is given up after three missed keepalives.
//   - A host key is pinned at the first connection, under the instance's id, in
//     a known_hosts file of our own; a changed key is refused before anything
//     is sent. The user's ~/.ssh is never read or written.
//   - A command is never sent twice: it is retried on a fresh connection only
//     if it had not been sent. Where the connection broke later, the result is
//     fleet.KindUnknown.
//   - After Close has returned, no goroutine of the client runs, except one
//     that is inside the Read of a stdin that can't be interrupted.
//
// Errors are *fleet.Error; what a host says in them has been cleaned of control
// characters. All methods may be called concurrently.
package ssh
