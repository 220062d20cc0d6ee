package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
)

func innerAttr(node bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if node {
		attr.Cloneflags = syscall.CLONE_NEWPID | syscall.CLONE_NEWNS
	}
	return attr
}

func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// hidden are the directories below which containerd, the kubelet and the CNI
// plugins write at fixed paths; the cluster sees an empty one of its own.
var hidden = []string{"/run", "/var/lib", "/var/log"}

// enterNamespaces cuts the mount table off from the machine's, shows the own
// PID namespace in /proc, and puts the node's state on a tmpfs: fast, able to
// carry overlay file systems everywhere, and gone with the namespace.
func enterNamespaces(dir string, need []string) error {
	state := filepath.Join(dir, "node")
	if err := os.MkdirAll(state, 0o700); err != nil {
		return err
	}
	steps := []struct {
		source, target, kind string
		flags                uintptr
	}{
		{"", "/", "", syscall.MS_REC | syscall.MS_PRIVATE},
		{"", "/", "", syscall.MS_REC | syscall.MS_SHARED}, // kubelet wants shared mounts, now among ourselves
		{"proc", "/proc", "proc", 0},
		{"tmpfs", state, "tmpfs", 0},
	}
	for _, step := range steps {
		if err := syscall.Mount(step.source, step.target, step.kind, step.flags, ""); err != nil {
			return fmt.Errorf("could not mount on %s: %w", step.target, err)
		}
	}
	for _, parent := range hidden {
		if err := hide(parent, append([]string{dir}, need...)); err != nil {
			return fmt.Errorf("could not hide %s: %w", parent, err)
		}
	}
	return nil
}

// hide covers a directory, but lets what is needed below it shine through.
func hide(parent string, need []string) error {
	if real, err := filepath.EvalSymlinks(parent); err != nil || real != parent {
		return err
	}
	kept := map[string]*os.File{}
	for _, path := range need {
		if strings.HasPrefix(path, parent+"/") {
			file, err := os.Open(path)
			if err != nil {
				return err
			}
			defer file.Close()
			kept[path] = file
		}
	}
	if err := syscall.Mount("tmpfs", parent, "tmpfs", 0, "mode=0755"); err != nil {
		return err
	}
	for path, file := range kept {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
		source := fmt.Sprintf("/proc/self/fd/%d", file.Fd())
		if err := syscall.Mount(source, path, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
			return err
		}
	}
	return nil
}

// makeBridge makes the pod bridge with a subnet that no other interface uses,
// and gives it the in-cluster service address of the API server as well.
func makeBridge(place *Place) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = place.Name
	// A bridge without an address of its own takes the lowest of its ports': it would
	// change as pods come and go, and pods would lose the API server for up to 30 s.
	attrs.HardwareAddr = localAddress()
	bridge := &netlink.Bridge{LinkAttrs: attrs}
	third, err := freeThird()
	if err != nil {
		return err
	}
	if err := netlink.LinkAdd(bridge); err != nil {
		return err
	}
	place.Bridge = place.Name
	place.Subnet = fmt.Sprintf("10.231.%d.0/24", third)
	place.Gateway = fmt.Sprintf("10.231.%d.1", third)
	place.ServiceSubnet = fmt.Sprintf("10.232.%d.0/24", third)
	place.ServiceIP = fmt.Sprintf("10.232.%d.1", third)
	for _, address := range []string{place.Gateway + "/24", place.ServiceIP + "/32"} {
		parsed, err := netlink.ParseAddr(address)
		if err != nil {
			return err
		}
		if err := netlink.AddrAdd(bridge, parsed); err != nil {
			return err
		}
	}
	return netlink.LinkSetUp(bridge)
}

// localAddress is a random MAC address of one interface, administered locally.
func localAddress() net.HardwareAddr {
	address := binary.BigEndian.AppendUint64(nil, rand.Uint64())[:6]
	address[0] = address[0]&^0x01 | 0x02
	return address
}

func freeThird() (int, error) {
	used, err := net.InterfaceAddrs()
	if err != nil {
		return 0, err
	}
	start := rand.IntN(250)
	for offset := range 250 {
		third := (start+offset)%250 + 1
		pods, services := net.IPv4(10, 231, byte(third), 1), net.IPv4(10, 232, byte(third), 1)
		taken := slices.ContainsFunc(used, func(addr net.Addr) bool {
			network, ok := addr.(*net.IPNet)
			return ok && (network.Contains(pods) || network.Contains(services))
		})
		if !taken {
			return third, nil
		}
	}
	return 0, errors.New("all 250 pod subnets of 10.231.0.0/16 are taken")
}

func removeBridge(name string) {
	if link, err := netlink.LinkByName(name); err == nil {
		_ = netlink.LinkDel(link)
	}
}

// makeCgroups makes the cgroup under which the kubelet puts every pod: in every
// hierarchy with cgroup v1, once with v2, where controllers are passed down too.
func makeCgroups(name string) error {
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		return makeUnified(name)
	}
	hierarchies, _ := filepath.Glob("/sys/fs/cgroup/*/cgroup.procs")
	if len(hierarchies) == 0 {
		return errors.New("no cgroup hierarchy is mounted on /sys/fs/cgroup")
	}
	for _, procs := range hierarchies {
		// cpu and cpuacct may be links to one hierarchy: made once is made.
		err := os.Mkdir(filepath.Join(filepath.Dir(procs), name), 0o755)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

func makeUnified(name string) error {
	group := filepath.Join("/sys/fs/cgroup", name)
	if err := os.Mkdir(group, 0o755); err != nil {
		return err
	}
	text, err := os.ReadFile("/sys/fs/cgroup/cgroup.controllers")
	if err != nil {
		return err
	}
	for _, parent := range []string{"/sys/fs/cgroup", group} {
		for _, controller := range strings.Fields(string(text)) {
			file := filepath.Join(parent, "cgroup.subtree_control")
			err := os.WriteFile(file, []byte("+"+controller), 0o644)
			if err != nil && slices.Contains([]string{"cpu", "memory", "pids"}, controller) {
				return fmt.Errorf("the cgroup controller %s cannot be passed down: %w", controller, err)
			}
		}
	}
	return nil
}

// removeCgroups removes the cluster's cgroup from every hierarchy (one with
// cgroup v2, many with v1), leaves first, and reports whether all are gone. The
// kernel empties them a moment after the processes' end, hence the retries.
func removeCgroups(name string) bool {
	roots, _ := filepath.Glob("/sys/fs/cgroup/*/" + name)
	roots = append(roots, "/sys/fs/cgroup/"+name)
	for range 500 {
		left := false
		for _, root := range roots {
			left = removeCgroup(root) || left
		}
		if !left {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false
}

// removeCgroup reports whether something is left.
func removeCgroup(root string) bool {
	var dirs []string
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	left := false
	for _, dir := range slices.Backward(dirs) {
		if err := syscall.Rmdir(dir); err != nil && !errors.Is(err, syscall.ENOENT) {
			left = true
		}
	}
	return left
}
