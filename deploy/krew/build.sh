#!/bin/sh
# Builds the plugin for other platforms, and packs each as manifest.sh wants it.
#
#   deploy/krew/build.sh DIR [OS-ARCH...]          all that this machine can build, or these
#
# Needs the Rust targets (rustup target add), and for all but macOS cargo-zigbuild and zig
# (pip install ziglang cargo-zigbuild). macOS is built on a Mac, since Apple's frameworks are there.
set -eu

[ $# -ge 1 ] || { echo "usage: $0 DIR [OS-ARCH...]" >&2; exit 1; }
dir=$1
shift
if [ $# = 0 ]; then
    set -- linux-amd64 linux-arm64 windows-amd64
    [ "$(uname)" = Darwin ] && set -- "$@" darwin-amd64 darwin-arm64
fi

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
cd "$(dirname "$0")/../.."
built=${CARGO_TARGET_DIR:-target}
for platform in "$@"; do
    suffix='' build=zigbuild
    case $platform in
        linux-amd64) target=x86_64-unknown-linux-musl ;;
        linux-arm64) target=aarch64-unknown-linux-musl ;;
        windows-amd64) target=x86_64-pc-windows-gnu suffix=.exe ;;
        darwin-amd64) target=x86_64-apple-darwin build=build ;;
        darwin-arm64) target=aarch64-apple-darwin build=build ;;
        *) echo "$0: $platform is no platform of the plugin" >&2; exit 1 ;;
    esac
    cargo "$build" --locked --profile dist --bin kubectl-blame --target "$target"
    packed=$(mktemp -d)
    cp "$built/$target/dist/kubectl-blame$suffix" "$packed/kubectl-kubeblame$suffix"
    cp LICENSE "$packed"
    tar -C "$packed" -czf "$dir/kubectl-kubeblame-$platform.tar.gz" "kubectl-kubeblame$suffix" LICENSE
    rm -r "$packed"
done
