// The guardian owns everything a local cluster leaves on the machine, so that
// nothing outlives the program that asked for the cluster.
//
// It runs as two processes. The outer one holds a pipe to the harness; when the
// pipe closes (end, panic, Ctrl-C, kill -9) it ends the inner one and removes
// what the kernel does not remove by itself: the bridge, the cgroups, the
// directory. The inner one starts the components. With root on Linux it is the
// first process of its own PID and mount namespaces, so its end is the end of
// every process and every mount below it, containers included.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Place is what the harness is told about a new cluster's place on the machine.
type Place struct {
	Dir           string `json:"dir"`
	Name          string `json:"name"`
	Bridge        string `json:"bridge,omitempty"`
	Subnet        string `json:"subnet,omitempty"`
	Gateway       string `json:"gateway,omitempty"`
	ServiceSubnet string `json:"service_subnet"`
	ServiceIP     string `json:"service_ip"`
	PortBase      int    `json:"port_base"`
}

func init() {
	// A child's parent-death signal fires when the *thread* that started it
	// ends; the main thread ends only with the process.
	runtime.LockOSThread()
}

func main() {
	parent := flag.String("parent", os.TempDir(), "directory in which the cluster's own directory is made")
	node := flag.Bool("node", false, "make namespaces, a bridge and a cgroup for a real node (needs root on Linux)")
	inner := flag.String("inner", "", "internal: the cluster's directory; run as the inner process")
	need := flag.String("need", "", "directories, separated by colons, that the components must see")
	apiserver := flag.String("forward", "", "internal: address of the in-cluster service to forward from")
	registry := flag.String("registry", "", "be the image registry at this address, and nothing else")
	flag.Parse()

	if *registry != "" {
		fmt.Fprintln(os.Stderr, serveRegistry(*registry))
		os.Exit(1)
	}

	if *inner != "" {
		if err := runInner(*inner, *node, *apiserver, strings.Split(*need, ":")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if err := runOuter(*parent, *node, *need); err != nil {
		answer := map[string]string{"error": err.Error()}
		_ = json.NewEncoder(os.Stdout).Encode(answer)
		os.Exit(1)
	}
}
