# A CronJob's template is broken; a run by hand shows it before the schedule does.
cron() { cat <<YAML
{apiVersion: batch/v1, kind: CronJob, metadata: {name: nightly}, spec: {schedule: "$1", jobTemplate: {spec: {backoffLimit: 0, template: {metadata: {labels: {app: nightly}}, spec: {terminationGracePeriodSeconds: 0, restartPolicy: Never, containers: [{name: main, image: "localhost/busybox:$2", args: [$3]}]}}}}}}
YAML
}
cron '0 0 1 1 *' v1 'exit, "0"' | apply; k create job --from=cronjob/nightly first >/dev/null; k wait job/first --for=condition=Complete --timeout=60s >/dev/null; sleep 2
cron '0 0 1 1 *' v2 'exit, "8"' | apply; at=$(now); k create job --from=cronjob/nightly second >/dev/null; k wait job/second --for=condition=Failed --timeout=60s >/dev/null; sleep 3
truth CronJob nightly <<YAML
verdict: Failing
findings:
- {symptom: {container: main, exitCode: 8}, cause: {class: Revision, object: {kind: CronJob, name: nightly}, path: "containers[main].image", manager: kubectl-client-side-apply, time: $at}, trigger: {class: ManualRun}}
YAML
