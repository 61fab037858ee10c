// Package state keeps what must survive the process: the journal of intents,
// the last known instances and the receipts, in one SQLite file.
//
// It guarantees that Begin returns only when the intent is on disk, that a
// process that is killed loses nothing it was told is kept, and that two
// processes can share one folder. It is a cache beside the tags in AWS: losing
// the file loses history, never a fleet.
package state
