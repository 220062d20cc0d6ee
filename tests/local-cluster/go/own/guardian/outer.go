package main

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// prefix starts the name of every directory, bridge and cgroup made here. It is
// short because an interface's name has at most 15 characters.
const prefix = "kb-"

// mark is what a cluster's lock file says: only a directory with it is ever swept.
const mark = "a directory of kubeblame's local-cluster: removed when this file's lock is free\n"

func runOuter(parent string, node bool, need string) error {
	place, unlock, err := makePlace(parent, node)
	if err != nil {
		return err
	}
	defer unlock()

	logFile, err := os.Create(filepath.Join(place.Dir, "logs", "guardian.log"))
	if err != nil {
		remove(place)
		return err
	}
	log.SetOutput(logFile)

	inner, err := startInner(place, node, need, logFile)
	if err != nil {
		remove(place)
		return fmt.Errorf("could not start the inner guardian: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		_, _ = inner.Wait()
		close(ended)
	}()
	if err := waitForSocket(filepath.Join(place.Dir, "ctl"), ended); err != nil {
		endInner(inner, node, ended)
		tail, _ := os.ReadFile(logFile.Name())
		remove(place)
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(tail)))
	}
	// The harness may be gone already, and its terminal too: the pipe on stdin
	// says so in good order, and neither signal may end the guardian before.
	signal.Ignore(syscall.SIGPIPE, syscall.SIGHUP)
	if err := json.NewEncoder(os.Stdout).Encode(place); err != nil {
		log.Printf("the harness left before it was answered: %v", err)
	}
	untilReleased(ended)
	endInner(inner, node, ended)
	remove(place)
	return nil
}

// untilReleased returns when the harness is gone (unless it said "keep"), when
// a signal asks for the end, or when the inner process has ended.
func untilReleased(ended <-chan struct{}) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	gone := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			if lines.Text() == "keep" {
				return
			}
		}
		close(gone)
	}()
	select {
	case <-gone:
	case <-signals:
	case <-ended:
	}
}

func startInner(place Place, node bool, need string, logFile *os.File) (*os.Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	argv := []string{self, "-inner", place.Dir, fmt.Sprintf("-node=%t", node)}
	if node {
		argv = append(argv, "-forward", place.ServiceIP+":443", "-need", need)
	}
	return os.StartProcess(self, argv, &os.ProcAttr{
		Dir:   place.Dir,
		Env:   os.Environ(),
		Files: []*os.File{nil, logFile, logFile},
		Sys:   innerAttr(node),
	})
}

func endInner(inner *os.Process, node bool, ended <-chan struct{}) {
	if !node {
		// Without a PID namespace the inner process ends its children itself.
		_ = inner.Signal(syscall.SIGTERM)
		select {
		case <-ended:
			return
		case <-time.After(5 * time.Second):
		}
	}
	_ = inner.Kill()
	<-ended
}

func waitForSocket(path string, ended <-chan struct{}) error {
	for range 500 {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("the inner guardian ended at once")
		case <-time.After(10 * time.Millisecond):
		}
	}
	return fmt.Errorf("the inner guardian did not listen within 5 s")
}

// makePlace sweeps what dead guardians left, then makes the directory and the
// bridge of a new cluster. One lock per user covers both, so two clusters that
// start at once can neither sweep each other nor choose the same subnet.
func makePlace(parent string, node bool) (Place, func(), error) {
	release, err := lockAll(parent)
	if err != nil {
		return Place{}, nil, fmt.Errorf("could not lock %s: %w", parent, err)
	}
	defer release()
	sweep(parent)
	if err := needSpace(parent); err != nil {
		return Place{}, nil, err
	}

	name := prefix + strings.ToLower(rand.Text()[:6])
	place := Place{Dir: filepath.Join(parent, name), Name: name, ServiceSubnet: "10.0.0.0/24", ServiceIP: "10.0.0.1"}
	for _, sub := range []string{"", "logs", "run", "pki"} {
		if err := os.Mkdir(filepath.Join(place.Dir, sub), 0o700); err != nil {
			return Place{}, nil, err
		}
	}
	own, err := lock(filepath.Join(place.Dir, "lock"), true)
	if err != nil {
		return Place{}, nil, err
	}
	if _, err := own.WriteString(mark); err != nil {
		return Place{}, nil, err
	}
	if place.PortBase, err = claimPorts(parent, place.Dir); err != nil {
		remove(place)
		return Place{}, nil, err
	}
	if node {
		if err := makeBridge(&place); err != nil {
			remove(place)
			return Place{}, nil, fmt.Errorf("could not make the pod bridge: %w", err)
		}
		if err := makeCgroups(place.Name); err != nil {
			remove(place)
			return Place{}, nil, fmt.Errorf("could not make the cluster's cgroup: %w", err)
		}
	}
	return place, func() { own.Close() }, nil
}

// sweep removes what is left of clusters whose guardian is gone: their lock is
// free. A lock says so reliably even when process ids were reused.
func sweep(parent string) {
	dirs, _ := filepath.Glob(filepath.Join(parent, prefix+"*"))
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || !isOwn(info) {
			continue
		}
		path := filepath.Join(dir, "lock")
		if text, err := os.ReadFile(path); err != nil || string(text) != mark {
			continue
		}
		held, err := lock(path, false)
		if err != nil {
			continue
		}
		name := filepath.Base(dir)
		remove(Place{Dir: dir, Name: name, Bridge: name})
		held.Close()
	}
}

func remove(place Place) {
	if place.Bridge != "" {
		removeBridge(place.Bridge)
		if !removeCgroups(place.Name) {
			log.Printf("the cgroups of %s are not empty: left to the next start's sweep", place.Name)
			return
		}
	}
	for range 50 {
		if err := os.RemoveAll(place.Dir); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}
