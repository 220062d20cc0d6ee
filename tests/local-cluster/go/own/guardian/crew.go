package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// crew is the set of running components. Its process also reaps orphans, as
// the first process of a PID namespace must.
type crew struct {
	logs   string
	starts chan func()

	mu      sync.Mutex
	members map[string]*member
	byPid   map[int]*member
}

type member struct {
	name    string
	request Request // to start it again as it was
	pid     int
	asked   bool          // somebody wished it to end
	ended   chan struct{} // closed when the process is reaped
	how     string        // set before ended is closed
}

func newCrew(logs string) *crew {
	c := &crew{logs: logs, starts: make(chan func()), members: map[string]*member{}, byPid: map[int]*member{}}
	died := make(chan os.Signal, 1)
	signal.Notify(died, syscall.SIGCHLD)
	go func() {
		for range died {
			c.reap()
		}
	}()
	return c
}

func (c *crew) reap() {
	// Held across wait and lookup: a child that ends at once is in the table
	// by the time this sees it, because launch holds the same lock.
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		m, ok := c.byPid[pid]
		if !ok {
			continue
		}
		delete(c.byPid, pid)
		m.how = fmt.Sprintf("exited with code %d", status.ExitStatus())
		if status.Signaled() {
			m.how = fmt.Sprintf("was ended by signal %d", status.Signal())
		}
		close(m.ended)
	}
}

func (c *crew) start(request Request) error {
	var m *member
	var err error
	done := make(chan struct{})
	c.starts <- func() {
		m, err = c.launch(request)
		close(done)
	}
	<-done
	if err != nil {
		return fmt.Errorf("%s could not be started: %w", request.Name, err)
	}
	if err := m.waitReady(time.Duration(request.TimeoutMs) * time.Millisecond); err != nil {
		return fmt.Errorf("%w%s", err, wordOnSpace(c.logs))
	}
	return nil
}

func (c *crew) launch(request Request) (*member, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.members[request.Name]; ok {
		if old.running() {
			return nil, fmt.Errorf("it is already running")
		}
		if len(request.Argv) == 0 {
			request.Argv, request.Env, request.Ready = old.request.Argv, old.request.Env, old.request.Ready
		}
	}
	if len(request.Argv) == 0 {
		return nil, fmt.Errorf("it was never started before")
	}
	out, err := os.OpenFile(filepath.Join(c.logs, request.Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	process, err := os.StartProcess(request.Argv[0], request.Argv, &os.ProcAttr{
		// Of a variable that is there twice the first counts.
		Env:   append(slices.Clone(request.Env), os.Environ()...),
		Files: []*os.File{nil, out, out},
		Sys:   childAttr(),
	})
	if err != nil {
		return nil, err
	}
	m := &member{name: request.Name, request: request, pid: process.Pid, ended: make(chan struct{})}
	_ = process.Release()
	c.members[request.Name] = m
	c.byPid[m.pid] = m
	return m, nil
}

func (c *crew) stop(name string, patience time.Duration) error {
	c.mu.Lock()
	m, ok := c.members[name]
	if ok {
		m.asked = true
	}
	c.mu.Unlock()
	if !ok {
		return fmt.Errorf("%s was never started", name)
	}
	if patience > 0 {
		c.signal(m, syscall.SIGTERM)
		select {
		case <-m.ended:
			return nil
		case <-time.After(patience):
		}
	}
	c.signal(m, syscall.SIGKILL)
	<-m.ended
	return nil
}

// signal reaches a member only while it is not reaped, so its id is still its own.
func (c *crew) signal(m *member, signal syscall.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byPid[m.pid]; ok {
		_ = syscall.Kill(m.pid, signal)
	}
}

func (c *crew) killAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for pid := range c.byPid {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

func (c *crew) list() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]string{}
	for name, m := range c.members {
		out[name] = ""
		if !m.running() && !m.asked {
			out[name] = m.how
		}
	}
	return out
}

func (m *member) running() bool {
	select {
	case <-m.ended:
		return false
	default:
		return true
	}
}

// waitReady polls until the component answers; its death ends the wait early.
func (m *member) waitReady(patience time.Duration) error {
	ready := m.request.Ready
	if ready == "" {
		return nil
	}
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{
		// Only readiness on a loopback address is asked, nothing is trusted.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	defer client.CloseIdleConnections()
	deadline := time.After(patience)
	for {
		if answers(client, ready) {
			return nil
		}
		select {
		case <-m.ended:
			return fmt.Errorf("%s %s before it was ready", m.name, m.how)
		case <-deadline:
			return fmt.Errorf("%s was not ready within %s", m.name, patience)
		case <-time.After(30 * time.Millisecond):
		}
	}
}

func answers(client *http.Client, ready string) bool {
	if path, ok := strings.CutPrefix(ready, "unix://"); ok {
		conn, err := net.Dial("unix", path)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}
	response, err := client.Get(ready)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}
