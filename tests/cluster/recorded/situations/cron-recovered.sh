# Near miss: a CronJob's run failed; the next one is well.
cron() { cat <<YAML
{apiVersion: batch/v1, kind: CronJob, metadata: {name: nightly}, spec: {schedule: "0 0 1 1 *", jobTemplate: {spec: {backoffLimit: 0, template: {spec: {restartPolicy: Never, containers: [{name: main, image: "localhost/busybox:v1", args: [exit, "$1"]}]}}}}}}
YAML
}
cron 8 | apply; k create job --from=cronjob/nightly first >/dev/null; k wait job/first --for=condition=Failed --timeout=60s >/dev/null; sleep 2
cron 0 | apply; k create job --from=cronjob/nightly second >/dev/null; k wait job/second --for=condition=Complete --timeout=60s >/dev/null; sleep 3
truth CronJob nightly <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
