#!/bin/sh
# Prints the krew manifest of a release.
#
#   deploy/krew/manifest.sh v0.1.0 https://example.com/releases/v0.1.0 DIR > kubeblame.yaml
#   kubectl krew install --manifest=kubeblame.yaml
#
# DIR holds kubectl-kubeblame-OS-ARCH.tar.gz for every platform that was built (linux, darwin,
# windows; amd64, arm64), each with the program and LICENSE at its top; they are to lie below
# the address. The plugin's name is kubeblame: krew's `blame` is another program.
set -eu

[ $# = 3 ] || { echo "usage: $0 VERSION ADDRESS DIR" >&2; exit 1; }
version=$1 address=$2 dir=$3

case $version in
    v[0-9]*.[0-9]*.[0-9]*) ;;
    *) echo "$0: $version is no version such as v0.1.0" >&2; exit 1 ;;
esac

checksum() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1
}

cat <<YAML
apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: kubeblame
spec:
  version: $version
  homepage: ${HOMEPAGE:-$address}
  shortDescription: Which change, by whom, broke which container
  description: |
    Walks from a failing container back to the change that broke it, and from a change down to
    the containers it broke: which field of which revision, ConfigMap, policy or node, edited by
    whom and when. Reads the reports of the kubeblame controller where it is installed, and works
    by itself where it is not. Also waits for rollouts and knows a failure before the deadline
    (wait), shows what owns what (tree), who wrote which field (fields), and what changed between
    two revisions (history, diff). It only ever reads.
  caveats: |
    Run it as "kubectl kubeblame". For "kubectl blame" put a link named kubectl-blame on the PATH.
  platforms:
YAML

found=
for archive in "$dir"/kubectl-kubeblame-*-*.tar.gz; do
    [ -f "$archive" ] || continue
    found=1
    file=${archive##*/}
    platform=${file#kubectl-kubeblame-}
    platform=${platform%.tar.gz}
    os=${platform%-*} arch=${platform#*-} suffix=
    [ "$os" = windows ] && suffix=.exe
    cat <<YAML
    - selector:
        matchLabels:
          os: $os
          arch: $arch
      uri: $address/$file
      sha256: $(checksum "$archive")
      files:
        - from: kubectl-kubeblame$suffix
          to: .
        - from: LICENSE
          to: .
      bin: kubectl-kubeblame$suffix
YAML
done
[ -n "$found" ] || { echo "$0: $dir holds no kubectl-kubeblame-OS-ARCH.tar.gz" >&2; exit 1; }
