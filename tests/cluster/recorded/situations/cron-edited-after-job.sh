# A CronJob is edited after its Job began; the Job fails with the template of before.
cron() { cat <<YAML
{apiVersion: batch/v1, kind: CronJob, metadata: {name: nightly}, spec: {schedule: "$1", jobTemplate: {spec: {backoffLimit: 0, template: {metadata: {labels: {app: nightly}}, spec: {terminationGracePeriodSeconds: 0, restartPolicy: Never, containers: [{name: main, image: "localhost/busybox:$2", args: [$3]}]}}}}}}
YAML
}
cron '* * * * *' v1 'exit, "5", --after, 8s' | apply; see jobs '"active":1'; cron '0 0 1 1 *' v2 'exit, "0"' | apply; see pods '"exitCode":5'; sleep 5
truth CronJob nightly <<YAML
verdict: Failing
findings:
- {symptom: {container: main, exitCode: 5}, cause: {class: [Revision, Unknown], object: {kind: CronJob, name: nightly}, generation: [1, null]}, trigger: {class: Schedule}}
YAML
