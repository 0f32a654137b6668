#!/bin/sh
# Installs what is needed (Debian packages; needs root only when something is missing) and builds.
#   sh cmake/setup.sh        the program: build/release/tonnage
#   sh cmake/setup.sh test   the tests too, and runs them
set -eu
cd "$(dirname "$0")/.."
what=${1:-release}

packages="g++ cmake ninja-build ca-certificates python3-minimal python3-pip libcli11-dev nlohmann-json3-dev libfmt-dev
  libspdlog-dev libyaml-dev libmd-dev librandom123-dev libeigen3-dev libxlsxwriter-dev zlib1g-dev"
if [ "$what" = test ]; then packages="$packages catch2 python3 python3-jsonschema python3-yaml zsh fish chromium"; fi

missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  echo "installing:$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

cmake --preset "$what" >/dev/null
cmake --build --preset "$what"
if [ "$what" = test ]; then ctest --test-dir build/test --output-on-failure -j "$(nproc)"; fi
