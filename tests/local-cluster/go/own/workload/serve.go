package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// serve answers on --port (default 8080) after --delay:
//
//	/         200 and the image's tag
//	/healthz  500 from --fail-health-after on (0s: always), while --fail-health-file
//	          exists, or while --health-file is missing
//	/readyz   the same with "ready" in the options' names
//
// SIGTERM ends it with 0; --ignore-term stays.
func serve(s step) *failure {
	onTerm.Store(0)
	if s.options["ignore-term"] != "" {
		onTerm.Store(-1)
	}
	time.Sleep(s.duration("delay", 0))
	started := time.Now()
	tag, _ := os.ReadFile("/etc/image-tag")
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%s\n", strings.TrimSpace(string(tag)))
	})
	for _, name := range []string{"health", "ready"} {
		path := map[string]string{"health": "/healthz", "ready": "/readyz"}[name]
		http.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			if why := s.ill(name, time.Since(started)); why != "" {
				http.Error(w, why, http.StatusInternalServerError)
				return
			}
			fmt.Fprintln(w, "ok")
		})
	}
	port := s.options["port"]
	if port == "" {
		port = "8080"
	}
	fmt.Printf("serving on port %s\n", port)
	if err := http.ListenAndServe(":"+port, nil); err != nil {
		return s.fail(1, "%v", err)
	}
	return nil
}

func (s step) ill(name string, up time.Duration) string {
	if limit, err := time.ParseDuration(s.options["fail-"+name+"-after"]); err == nil && up >= limit {
		return fmt.Sprintf("told to fail from %s on", limit)
	}
	if path := s.options["fail-"+name+"-file"]; path != "" {
		if _, err := os.Stat(path); err == nil {
			return path + " exists"
		}
	}
	if path := s.options[name+"-file"]; path != "" {
		if _, err := os.Stat(path); err != nil {
			return path + " is missing"
		}
	}
	return ""
}
