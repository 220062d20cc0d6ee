# Revision 2 asks for a sysctl that the kubelet does not allow; it refuses one pod after the other.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
deployment web 'args: [serve]' 'securityContext: {sysctls: [{name: net.core.somaxconn, value: "1024"}]}' | apply; at=$(now); see "pods -l app=web" SysctlForbidden; sleep 8
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: SysctlForbidden}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: securityContext.sysctls, manager: kubectl-client-side-apply, time: '$at'}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {class: Node}]
YAML
