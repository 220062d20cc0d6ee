# Near miss: a Job that is suspended has nothing to do.
job later 'args: [exit, "1"]' '' 'suspend: true' | apply; sleep 5
truth Job later <<YAML
verdict: [Healthy, Progressing]
findings: []
innocent: [{any: true}]
YAML
