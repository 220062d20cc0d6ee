# Revision 2 of a DaemonSet crashes.
daemonset agent 'args: [serve]' | apply; ready ds/agent; sleep 2; TAG=v2 daemonset agent 'args: [exit, "4"]' | apply; at=$(now); restarted agent 2; sleep 3
truth DaemonSet agent <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 4, pods: 1}, cause: {class: Revision, object: {kind: DaemonSet, name: agent}, revision: 2, path: "containers[main].image", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
