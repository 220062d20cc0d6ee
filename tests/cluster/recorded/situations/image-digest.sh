# A tag is moved to another image; the pod that replaces a deleted one runs the new one, which cannot run.
# Without an own program in the image the new one differs by a probe's file only: it checks the image's tag.
import_image "localhost/$NS:stable" good
IMAGE=localhost/$NS:stable
deployment web 'args: [need-file, /etc/image-tag, --contains, good, --, serve]' | sed "s|localhost/busybox:v1|$IMAGE|" | apply; ready deploy/web; sleep 3
import_image "$IMAGE" bad; sleep 3
k delete pod "$(pod_of web)" >/dev/null; restarted web 2; sleep 2
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 2, pods: 1}, cause: {class: ImageDigest, path: "containers[main].image"}, trigger: {class: [PodDeleted, Unknown]}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
