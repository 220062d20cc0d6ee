//go:build unix && !linux

package main

import (
	"errors"
	"syscall"
)

func innerAttr(bool) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

func childAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func enterNamespaces(string, []string) error { return errors.New("a real node needs Linux") }

func makeBridge(*Place) error { return errors.New("a real node needs Linux") }

func makeCgroups(string) error { return errors.New("a real node needs Linux") }

func removeBridge(string) {}

func removeCgroups(string) bool { return true }
