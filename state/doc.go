// Package state keeps what must survive the process: the journal of intents,
// the last known instances, the history of events and the receipts, in one
// SQLite file.
//
// It guarantees that a method that returns nil has its change on disk, whole;
// that one that returns an error has changed nothing; that a process that is
// killed loses nothing it was told is kept; and that several processes can
// share one folder. It never deletes, renames or overwrites a file that it
// can't read. No secret is ever given to it.
//
// The store is a cache beside the tags in AWS: losing the file loses history
// and the way to resume an unanswered launch, never a fleet.
package state
