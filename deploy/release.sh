#!/bin/sh
# Builds the binaries of a release from the commit that is checked out, into
# bin/release: an archive for each platform and SHA256SUMS. Every binary is built
# twice, from clones in two folders, the second with an empty build cache, and
# must come out the same byte by byte: whoever builds the commit with the same Go
# gets what was released.
#
#	sh deploy/release.sh [GOOS/GOARCH...]
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
if [ -n "$(git status --porcelain)" ]; then
	echo "there are changes beside the commit; a release is of a commit" >&2
	exit 1
fi
version=$(git describe --tags --always)
commit_time=$(git log -1 --format=%ct)
out=$PWD/bin/release
rm -rf "$out"
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

warm=$(go env GOCACHE)
for copy in first second/and-deeper; do
	git clone -q --no-hardlinks . "$work/$copy/src"
done

build() { # copy GOOS GOARCH
	cache=$work/cold
	[ "$1" != first ] || cache=$warm
	(cd "$work/$1/src" && GOCACHE="$cache" CGO_ENABLED=0 GOOS="$2" GOARCH="$3" \
		go build -trimpath -ldflags '-s -w' -o "$work/$1/harness-$2-$3" ./cmd/harness)
}

for platform in "$@"; do
	os=${platform%/*} arch=${platform#*/}
	for copy in first second/and-deeper; do
		build "$copy" "$os" "$arch"
	done
	if ! cmp "$work/first/harness-$os-$arch" "$work/second/and-deeper/harness-$os-$arch"; then
		echo "two builds for $platform differ" >&2
		exit 1
	fi
	name=harness_${version}_${os}_$arch
	mkdir "$work/$name"
	suffix=""
	[ "$os" != windows ] || suffix=.exe
	cp "$work/first/harness-$os-$arch" "$work/$name/harness$suffix"
	cp README.md LICENSE CHANGELOG.md "$work/$name/"
	(cd "$work/first/src" && go run -trimpath ./cmd/harness man) >"$work/$name/harness.1"
	# Nothing of the machine or the hour gets into the archive. Windows has tar too.
	tar -C "$work" --sort=name --mtime="@$commit_time" --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
	echo "$platform: two builds alike, $(wc -c <"$work/first/harness-$os-$arch") bytes"
done
(cd "$out" && sha256sum ./*.tar.gz | sed 's|\./||' >SHA256SUMS)
echo "bin/release has $# archives and SHA256SUMS"
