# Somebody removes a variable by a JSON patch, which leaves no mark; a label is edited afterwards by someone else. Who did it is unknown.
deployment web 'args: [need-env, FEATURE, --, serve], env: [{name: OTHER, value: a}, {name: FEATURE, value: "on"}]' | apply; ready deploy/web; sleep 3
k patch deploy web --type json -p '[{"op":"remove","path":"/spec/template/spec/containers/0/env/1"}]' >/dev/null; at=$(now)
k label deploy/web team=x >/dev/null; restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 2}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "env[FEATURE]", manager: null, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {manager: [kubectl-label, kubectl-client-side-apply, kubectl-patch]}]
YAML
