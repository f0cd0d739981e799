#!/bin/sh
# Installs the committed state as users do: go install, from a module proxy, into
# an empty module cache. What go.mod replaces, or what is embedded from outside of
# the module, would show here only. Dependencies come from the module cache.
set -eu
cd "$(dirname "$0")/.."
module=github.com/idharness/harness version=v0.0.1
downloaded=$(go env GOMODCACHE)/cache/download
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# Folders with a go.mod are modules of their own, and no part of this one.
set --
for nested in $(git ls-files '*/go.mod'); do
	set -- "$@" ":!${nested%/go.mod}"
done
at=$work/proxy/$module/@v
mkdir -p "$at"
git archive --format=zip --prefix="$module@$version/" -o "$at/$version.zip" HEAD -- . "$@"
git show HEAD:go.mod >"$at/$version.mod"
printf '{"Version":"%s","Time":"2026-01-05T09:00:00Z"}\n' "$version" >"$at/$version.info"
echo "$version" >"$at/list"

export GOFLAGS=-modcacherw GOWORK=off GONOSUMDB='*' GONOSUMCHECK=1 GOSUMDB=off CGO_ENABLED=0
export GOPROXY="file://$work/proxy,file://$downloaded" GOMODCACHE="$work/cache" GOBIN="$work/bin"
cd "$work"
go install "$module/cmd/harness@latest"
printed=$("$work/bin/harness" version)
case $printed in
"harness $version "*) echo "go install: $printed" ;;
*)
	echo "the installed program says $printed, not $version" >&2
	exit 1
	;;
esac
"$work/bin/harness" schema >"$work/schema.json"
cmp "$work/schema.json" "$GOMODCACHE/$module@$version/scenarios/schema.json"
"$work/bin/harness" run -q "$GOMODCACHE/$module@$version/scenarios/entra-to-aws.yaml"
