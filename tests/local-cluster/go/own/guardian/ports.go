package main

import (
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// Ports are claimed in blocks below the range from which the kernel takes the
// ports of outgoing connections. Else a client that keeps trying to reach a
// stopped API server could be given that server's own port.
const (
	firstPort  = 20_000
	portBlocks = 700
	blockSize  = 16
)

// claimPorts chooses a block that no living cluster has and that can be bound.
// The caller holds the global lock.
func claimPorts(parent, dir string) (int, error) {
	taken := map[string]bool{}
	files, _ := filepath.Glob(filepath.Join(parent, prefix+"*", "ports"))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		taken[string(text)] = true
	}
	start := rand.IntN(portBlocks)
	for offset := range portBlocks {
		base := firstPort + (start+offset)%portBlocks*blockSize
		text := strconv.Itoa(base)
		if !taken[text] && blockIsFree(base) {
			return base, os.WriteFile(filepath.Join(dir, "ports"), []byte(text), 0o600)
		}
	}
	return 0, errors.New("no block of free ports is left between 20000 and 31200")
}

func blockIsFree(base int) bool {
	for port := base; port < base+blockSize; port++ {
		listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			return false
		}
		listener.Close()
	}
	return true
}
