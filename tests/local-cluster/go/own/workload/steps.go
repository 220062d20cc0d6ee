package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const mebibyte = 1 << 20

// held keeps what alloc took from being collected.
var held [][]byte

func run(s step) *failure {
	switch s.verb {
	case "exit":
		time.Sleep(s.duration("after", 0))
		os.Exit(s.number(0, 0))
	case "sleep", "pause":
		return sleep(s)
	case "serve":
		return serve(s)
	case "alloc":
		return alloc(s)
	case "fork-alloc":
		return forkAlloc(s)
	case "need-env":
		value, ok := os.LookupEnv(s.word(0))
		if !ok {
			return s.fail(2, "environment variable %s is not set", s.word(0))
		}
		if !strings.HasPrefix(value, s.options["prefix"]) {
			return s.fail(2, "environment variable %s does not start with %q", s.word(0), s.options["prefix"])
		}
	case "need-file":
		text, err := os.ReadFile(s.word(0))
		if err != nil {
			return s.fail(2, "%v", err)
		}
		if !strings.Contains(string(text), s.options["contains"]) {
			return s.fail(2, "%s does not contain %q", s.word(0), s.options["contains"])
		}
	case "need-tcp":
		conn, err := net.DialTimeout("tcp", s.word(0), 2*time.Second)
		if err != nil {
			return s.fail(2, "%v", err)
		}
		conn.Close()
	case "check-file":
		if _, err := os.Stat(s.word(0)); err != nil {
			return s.fail(1, "%v", err)
		}
	case "write-file":
		_ = os.MkdirAll(filepath.Dir(s.word(0)), 0o755)
		if err := os.WriteFile(s.word(0), []byte(s.word(1)), 0o644); err != nil {
			return s.fail(1, "%v", err)
		}
	case "remove-file":
		if err := os.Remove(s.word(0)); err != nil {
			return s.fail(1, "%v", err)
		}
	case "log":
		logLines(s)
	case "signal":
		killSelf(syscall.Signal(s.number(0, 9)))
	default:
		return fail(64, "unknown step %q", s.verb)
	}
	return nil
}

func sleep(s step) *failure {
	onTerm.Store(0)
	if s.options["ignore-term"] != "" {
		onTerm.Store(-1)
	}
	if s.word(0) == "" {
		select {}
	}
	duration, err := time.ParseDuration(s.word(0))
	if err != nil {
		return fail(64, "%v", err)
	}
	time.Sleep(duration)
	return nil
}

// alloc spreads the growth over time so that metrics and events can see it.
func alloc(s step) *failure {
	total := s.number(0, 64)
	pause := s.duration("over", time.Second) / time.Duration(max(total, 1))
	for range total {
		block := make([]byte, mebibyte)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		held = append(held, block)
		time.Sleep(pause)
	}
	fmt.Printf("holding %d MiB\n", total)
	return nil
}

func forkAlloc(s step) *failure {
	child := exec.Command("/proc/self/exe", "alloc", strconv.Itoa(s.number(0, 64)),
		"--over", s.duration("over", time.Second).String(), "--", "sleep", "1h")
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	err := child.Run()
	fmt.Printf("the child ended: %v\n", err)
	return nil
}

func logLines(s step) {
	out := os.Stdout
	if s.options["stderr"] != "" {
		out = os.Stderr
	}
	times, err := strconv.Atoi(s.options["times"])
	if err != nil {
		times = 1
	}
	for i := range times {
		if i > 0 {
			time.Sleep(s.duration("every", time.Second))
		}
		fmt.Fprintln(out, strings.Join(s.words, " "))
	}
}

// killSelf ends by a signal, or with the code that stands for it where it must:
// the first process of a PID namespace cannot be killed from inside it.
func killSelf(signal syscall.Signal) {
	if os.Getpid() != 1 {
		_ = syscall.Kill(os.Getpid(), signal)
		time.Sleep(time.Second)
	}
	os.Exit(128 + int(signal))
}

func (s step) fail(code int, format string, values ...any) *failure {
	if chosen, err := strconv.Atoi(s.options["exit"]); err == nil {
		code = chosen
	}
	return fail(code, format, values...)
}

func (s step) word(i int) string {
	if i < len(s.words) {
		return s.words[i]
	}
	return ""
}

func (s step) number(i, otherwise int) int {
	if value, err := strconv.Atoi(s.word(i)); err == nil {
		return value
	}
	return otherwise
}

func (s step) duration(name string, otherwise time.Duration) time.Duration {
	if value, err := time.ParseDuration(s.options[name]); err == nil {
		return value
	}
	return otherwise
}
