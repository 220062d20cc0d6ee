//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lock opens a file and takes its lock, waiting for it when told to.
func lock(path string, wait bool) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	if err := syscall.Flock(int(file.Fd()), how); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// lockAll makes this the only guardian of its user that makes or sweeps
// clusters, until release is called. The lock's file goes with the lock, so
// after waiting for it one must look whether it is still the one by that name.
func lockAll(parent string) (release func(), err error) {
	path := filepath.Join(parent, fmt.Sprintf(".kubeblame-%d.lock", os.Getuid()))
	for {
		file, err := lock(path, true)
		if err != nil {
			return nil, err
		}
		held, err := file.Stat()
		if err != nil {
			return nil, err
		}
		named, err := os.Lstat(path)
		if err == nil && os.SameFile(held, named) {
			return func() { os.Remove(path); file.Close() }, nil
		}
		file.Close()
	}
}

// freeSpace tells how many bytes of dir's file system this user may still fill.
func freeSpace(dir string) (uint64, error) {
	var of syscall.Statfs_t
	if err := syscall.Statfs(dir, &of); err != nil {
		return 0, err
	}
	return uint64(of.Bavail) * uint64(of.Bsize), nil
}

func isOwn(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
