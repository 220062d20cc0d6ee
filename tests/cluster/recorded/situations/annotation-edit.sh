# Near miss: an annotation-only edit bumps the generation and changes nothing.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
k annotate deploy/web note=x >/dev/null; k label deploy/web team=b >/dev/null; sleep 5
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
