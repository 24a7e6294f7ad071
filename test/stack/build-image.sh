#!/usr/bin/env bash
# build-image.sh FOLDER: builds the image of deploy/Dockerfile with buildah, keeping everything of it in FOLDER, and
# prints the folder of its file system in a line, and then its description as JSON. Needs root, buildah and debootstrap.
#
# The Dockerfile's base comes from a registry of images, which a test does not need: a stand-in under the same name has
# Debian of the same release, this Node, npm 11 and the user 1000. It may hold this machine's certificates, so it never
# leaves FOLDER and the cache. It says nothing about the real base.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$1
tools=${COUNTINGHOUSE_TOOLS:-$HOME/.cache/countinghouse/tools}
base=$(sed -n 's/^FROM \(node:[^ ]*\)$/\1/p' "$root/deploy/Dockerfile")
release=$(sed -E 's/.*-([a-z]+)-slim$/\1/' <<<"$base")
archive="$tools/${base/:/-}-stand-in.tar"
export BUILDAH_ISOLATION=chroot TMPDIR="$folder"
# Plain folders: nothing is mounted that would have to be unmounted.
run_buildah() { buildah --storage-driver vfs --root "$folder/storage" --runroot "$folder/run" "$@"; }

# What the base's image has, in a tar: kept, because debootstrap takes a minute.
build_archive() {
  local system="$folder/system" program
  debootstrap --variant=minbase --include=ca-certificates,libatomic1 "$release" "$system"
  program=$(node -p process.execPath)
  install -m 0755 "$program" "$system/usr/local/bin/node"
  (cd "$folder" && npm pack --silent npm@11 && tar xzf npm-11.*.tgz)
  mkdir -p "$system/usr/local/lib/node_modules"
  mv "$folder/package" "$system/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$system/usr/local/bin/npm"
  chroot "$system" useradd --uid 1000 --create-home --shell /bin/bash node
  cp /etc/ssl/certs/ca-certificates.crt "$system/etc/ssl/certs/"
  rm -rf "$system"/var/cache/apt/* "$system"/var/lib/apt/lists/*
  mkdir -p "$tools"
  tar -C "$system" -cf "$archive.new" . && mv "$archive.new" "$archive"
  rm -rf "$system"
}

build_base() {
  local container
  container=$(run_buildah from scratch)
  run_buildah add "$container" "$archive" /
  run_buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$container"
  run_buildah commit --rm "$container" "docker.io/library/$base"
}

build_image() {
  run_buildah bud --pull-never --network host --format docker --tag countinghouse:stack \
    --file "$root/deploy/Dockerfile" --ignorefile "$root/deploy/Dockerfile.dockerignore" "$root"
}

{
  [ -f "$archive" ] || build_archive
  build_base
  build_image
  container=$(run_buildah from --pull-never countinghouse:stack)
} >&2
run_buildah mount "$container"
run_buildah inspect --type image countinghouse:stack
