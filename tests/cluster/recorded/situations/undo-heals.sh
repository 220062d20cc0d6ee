# A crashing revision 2 is undone; all is well, and nobody is to blame.
deployment web 'args: [serve]' | apply; ready deploy/web
TAG=v2 deployment web 'args: [exit, "3"]' | apply; restarted web 1
k rollout undo deploy/web >/dev/null; ready deploy/web; see pods '"items":\[\{' ; sleep 8
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
