package main

import "fmt"

// A full disk ends etcd in the middle of a write, and what is seen then is an
// API server that is never ready. So it is said before, and said again after.
const (
	// leastSpace is what a cluster writes to its directory in an hour of the
	// longest tests, and as much again: etcd's data, the audit log, the logs.
	leastSpace = 1 << 30
	// scarce is so little that it may be why a component failed.
	scarce = 128 << 20
)

// needSpace refuses a directory in which a cluster would run out of space.
func needSpace(dir string) error {
	free, err := freeSpace(dir)
	if err != nil || free >= leastSpace {
		return nil // What cannot be asked is no reason to refuse.
	}
	return fmt.Errorf("only %d MiB are free in %s, and a cluster needs %d: make room, or set TMPDIR to a directory on another disk",
		free>>20, dir, uint64(leastSpace)>>20)
}

// wordOnSpace is what to add to the failure of a component, if anything.
func wordOnSpace(dir string) string {
	free, err := freeSpace(dir)
	if err != nil || free >= scarce {
		return ""
	}
	return fmt.Sprintf(" (the disk is full: %d MiB are free in %s)", free>>20, dir)
}
