// The one program inside every image of a local cluster: it can fail in every
// way a container can, on purpose and on time, without a shell.
//
//	workload STEP [-- STEP ...]     steps run one after another; the first failing one ends it
//
//	exit CODE [--after 2s]          end with CODE
//	sleep [DURATION]                end with 0 after DURATION (default: never) or on SIGTERM; --ignore-term stays
//	serve [--port 8080]             HTTP; see serve.go for /healthz and /readyz
//	alloc MIB [--over 1s]           take and touch memory, then go on holding it
//	fork-alloc MIB [--over 1s]      the same in a child process; tells how the child ended, then goes on
//	need-env NAME [--prefix P]      fail with 2 when the variable is missing or does not start with P
//	need-file PATH [--contains T]   fail with 2 when the file is missing or does not contain T
//	need-tcp HOST:PORT              fail with 2 when nothing accepts there
//	check-file PATH                 fail with 1 when the file is missing (for exec probes)
//	write-file PATH [TEXT]          make the file
//	remove-file PATH                remove the file
//	log TEXT [--times 1] [--every 1s] [--stderr]
//	signal NUMBER                   end by that signal
//	pause                           be the sandbox's process
//
// Without arguments the steps are read from the variable WORKLOAD. --exit CODE
// after any step that can fail changes its exit code.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
)

// onTerm is the exit code at SIGTERM; below zero the signal is ignored. As the
// first process of a container nothing happens by default, so it is handled.
var onTerm atomic.Int32

func main() {
	onTerm.Store(128 + int32(syscall.SIGTERM))
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		for range signals {
			if code := onTerm.Load(); code >= 0 {
				os.Exit(int(code))
			}
		}
	}()
	words := os.Args[1:]
	if len(words) == 0 {
		words = strings.Fields(os.Getenv("WORKLOAD"))
	}
	if len(words) == 0 {
		words = []string{"sleep"}
	}
	for len(words) > 0 {
		step := words
		words = nil
		for i, word := range step {
			if word == "--" {
				step, words = step[:i], step[i+1:]
				break
			}
		}
		if err := run(parse(step)); err != nil {
			fmt.Fprintln(os.Stderr, "workload:", err)
			os.Exit(err.code)
		}
	}
}

// failure is an error with the exit code it ends the process with.
type failure struct {
	code int
	text string
}

func (f *failure) Error() string { return f.text }

func fail(code int, format string, values ...any) *failure {
	return &failure{code, fmt.Sprintf(format, values...)}
}

// step is a verb with its words and its --options.
type step struct {
	verb    string
	words   []string
	options map[string]string
}

func parse(words []string) step {
	s := step{options: map[string]string{}}
	for i := 0; i < len(words); i++ {
		name, isOption := strings.CutPrefix(words[i], "--")
		switch {
		case isOption && strings.Contains(name, "="):
			key, value, _ := strings.Cut(name, "=")
			s.options[key] = value
		case isOption && (name == "ignore-term" || name == "stderr"):
			s.options[name] = "true"
		case isOption && i+1 < len(words):
			i++
			s.options[name] = words[i]
		case s.verb == "":
			s.verb = words[i]
		default:
			s.words = append(s.words, words[i])
		}
	}
	return s
}
