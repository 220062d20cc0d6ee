#!/usr/bin/env bash
# record.sh OUT [NAME…]: makes situations on the cluster of $KUBECONFIG and records them into
# OUT/NAME/{watch.jsonl,dump.yaml,expect.yaml}; without names all of them. $KUBEBLAME is the
# program that records. AT_A_TIME of them run at once; they have nothing in common but the cluster.
#
#   local-cluster up --kwok-nodes 1 --keep        # prints the KUBECONFIG line; kubectl is beside it
#   KUBEBLAME=target/debug/kubeblame LOCAL_CLUSTER=target/debug/local-cluster record.sh OUT crash
#
# Needs bash, kubectl, openssl, and python3 with PyYAML. Whoever has read a recording and finds its
# truth true copies OUT/NAME to tests/stories/recorded.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1
shift
KUBEBLAME=${KUBEBLAME:-kubeblame}

one() {
  set -eu
  local name=$1 recorder failed=
  export NS=rec-$name OUT=$out/$name
  mkdir -p "$OUT"
  kubectl create namespace "$NS" >/dev/null
  "$KUBEBLAME" record -n "$NS,$NS-b" -o "$OUT/watch.jsonl" 2>"$OUT/log" &
  recorder=$!
  NOTE=$(sed -n 's/^# //p;/^[^#]/q' "$here/situations/$name.sh" | tr '\n' ' ')
  # A shell of its own: within an `if` or `||` a function's failing command would not end it.
  NOTE=${NOTE% } bash -euo pipefail -c ". '$here/lib.sh'; . '$here/situations/$name.sh'" >>"$OUT/log" 2>&1 || failed=yes
  "$KUBEBLAME" record -n "$NS,$NS-b" --dump -o "$OUT/dump.yaml" 2>>"$OUT/log" || failed=yes
  local now
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  kill "$recorder"
  wait "$recorder" || true
  if [ -n "$failed" ] || [ ! -e "$OUT/expect.yaml" ]; then
    echo "FAILED $name: $(tail -n 2 "$OUT/log" | tr '\n' ' ')"
    rm -f "$OUT/expect.yaml"
  else
    echo "now: '$now'" >>"$OUT/expect.yaml"
    python3 "$here/trim.py" "$OUT/watch.jsonl" "$NS"
    python3 "$here/trim.py" "$OUT/dump.yaml" "$NS"
    rm "$OUT/log"
    echo "recorded $name"
  fi
  if [ -z "${KEEP:-}" ]; then
    kubectl delete namespace "$NS" --wait=false >/dev/null || true
    kubectl delete node -l "for=$NS" --wait=false >/dev/null 2>&1 || true
    kubectl delete node -l "made-for=$NS" --wait=false >/dev/null 2>&1 || true
  fi
}
export -f one
export out here KUBEBLAME

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  for file in "$here"/situations/*.sh; do names+=("$(basename "$file" .sh)"); done
fi
printf '%s\n' "${names[@]}" | xargs -P "${AT_A_TIME:-6}" -I{} bash -c 'one {}'
