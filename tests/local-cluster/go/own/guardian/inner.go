package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

// Request is one line of JSON on the control socket. A start without Argv
// starts the component again as it was started before.
type Request struct {
	Op        string   `json:"op"` // start, stop, list, forward or down
	Name      string   `json:"name"`
	Argv      []string `json:"argv"`
	Env       []string `json:"env"`
	Ready     string   `json:"ready"` // http(s):// to answer 200, or unix:// to accept
	TimeoutMs int64    `json:"timeout_ms"`
	To        string   `json:"to"`
}

// Answer is the line that answers a request; Error is empty on success.
type Answer struct {
	Error   string            `json:"error,omitempty"`
	Running map[string]string `json:"running,omitempty"` // component -> "", or how it ended unasked
}

// forwardTo is the API server's address, once it is known.
var forwardTo atomic.Value

func runInner(dir string, node bool, forward string, need []string) error {
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP, syscall.SIGPIPE)
	if node {
		if err := enterNamespaces(dir, need); err != nil {
			return err
		}
	}
	crew := newCrew(filepath.Join(dir, "logs"))
	if forward != "" {
		if err := listenAndForward(forward); err != nil {
			return err
		}
	}
	// The socket appears under its name only once it accepts.
	temporary := filepath.Join(dir, "ctl.new")
	listener, err := net.Listen("unix", temporary)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, filepath.Join(dir, "ctl")); err != nil {
		return err
	}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(conn, crew, terminated)
		}
	}()
	// Children are started here, on the main thread, and nowhere else.
	for {
		select {
		case start := <-crew.starts:
			start()
		case <-terminated:
			crew.killAll()
			return nil
		}
	}
}

func serve(conn net.Conn, crew *crew, terminated chan<- os.Signal) {
	defer conn.Close()
	var request Request
	if err := json.NewDecoder(conn).Decode(&request); err != nil {
		return
	}
	answer := Answer{}
	var err error
	switch request.Op {
	case "start":
		err = crew.start(request)
	case "stop":
		err = crew.stop(request.Name, time.Duration(request.TimeoutMs)*time.Millisecond)
	case "list":
		answer.Running = crew.list()
	case "forward":
		forwardTo.Store(request.To)
	case "down":
		terminated <- syscall.SIGTERM
	default:
		err = fmt.Errorf("unknown request %q", request.Op)
	}
	if err != nil {
		answer.Error = err.Error()
	}
	_ = json.NewEncoder(conn).Encode(answer)
}

// listenAndForward stands in for kube-proxy for the one service every
// controller needs: pods reach the API server at its usual in-cluster address.
func listenAndForward(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("could not listen on %s: %w", address, err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				log.Printf("forwarding ended: %v", err)
				return
			}
			go forward(conn)
		}
	}()
	return nil
}

func forward(conn net.Conn) {
	defer conn.Close()
	to, _ := forwardTo.Load().(string)
	if to == "" {
		return
	}
	up, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer up.Close()
	done := make(chan struct{}, 2)
	pipe := func(dst, src net.Conn) {
		_, _ = io.Copy(dst, src)
		if tcp, ok := dst.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
		done <- struct{}{}
	}
	go pipe(up, conn)
	go pipe(conn, up)
	<-done
	<-done
}
