# Near miss: both revisions want the same port of the only node; the surge pod of an innocent revision 2 waits for ever.
fake_node a; web='args: [serve], ports: [{containerPort: 8080, hostPort: 18080}]'
REPLICAS=1 deployment web "$web" "$(fake)" | apply; ready deploy/web; sleep 2; REPLICAS=1 TAG=v2 deployment web "$web" "$(fake)" | apply; sleep 38
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 1}, cause: {class: [Scheduling, Termination, Unknown]}, trigger: {class: Rollout}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
