#!/usr/bin/env bash
# Builds the real programs that the stack tests need, by pinned version, from Go's modules, into a folder
# outside the repository; what is there already is kept. Prints the folder. Needs Go 1.26 or later.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tools=${COUNTINGHOUSE_TOOLS:-$HOME/.cache/countinghouse/tools}
builder=v0.159.0
prometheus=v0.314.0
mkdir -p "$tools"
export GOBIN="$tools" GOFLAGS=-mod=mod

collector="$tools/otelcol-$(sha256sum "$here/collector-builder.yaml" | cut -c1-12)"
if [ ! -x "$collector" ]; then
  [ -x "$tools/builder" ] || go install "go.opentelemetry.io/collector/cmd/builder@$builder" >&2
  work=$(mktemp -d)
  (cd "$work" && cp "$here/collector-builder.yaml" . && "$tools/builder" --config=collector-builder.yaml >&2)
  mv "$work/otelcol/otelcol-countinghouse" "$collector"
  rm -rf "$work"
fi
ln -sf "$collector" "$tools/otelcol"

if [ ! -x "$tools/prometheus-$prometheus" ]; then
  work=$(mktemp -d)
  source=$(cd "$work" && go mod init tools >/dev/null 2>&1 && go mod download -json "github.com/prometheus/prometheus@$prometheus" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  cp -r "$source" "$work/prometheus" && chmod -R u+w "$work/prometheus"
  (cd "$work/prometheus" && GOWORK=off GOFLAGS='' go build -tags remove_all_sd -o "$tools/prometheus-$prometheus" ./cmd/prometheus >&2)
  rm -rf "$work"
fi
ln -sf "$tools/prometheus-$prometheus" "$tools/prometheus"
echo "$tools"
