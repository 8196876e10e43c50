#!/usr/bin/env bash
# The suite, the demo and doctor with other versions of Node: `npm run test:nodes [-- VERSION…|--turn]`. Each comes from
# the npm package `node`, into .cache/nodes, which git ignores. --turn: one of the versions, another one each day,
# without the tests that take long.
set -euo pipefail
cd "$(dirname "$0")/../.."
VERSIONS=(20 22 24 26)

long=yes
if [ "${1:-}" = --turn ]; then
  long=no
  set -- "${VERSIONS[$((10#$(date -u +%j) % ${#VERSIONS[@]}))]}"
fi
[ $# -gt 0 ] || set -- "${VERSIONS[@]}"

# Sets `bin` to the folder of Node's program.
install() {
  local folder=$PWD/.cache/nodes/$1
  bin=$folder/node_modules/node/bin
  [ -x "$bin/node" ] && return
  mkdir -p "$folder"
  # A folder of its own for each version: the package keeps its program where npm has put it.
  echo '{ "private": true }' > "$folder/package.json"
  npm install --prefix "$folder" --no-save --no-audit --no-fund --loglevel=error --fetch-timeout=60000 \
    "node@$1" > "$folder/npm.log" 2>&1
  [ -x "$bin/node" ] && "$bin/node" --version > /dev/null
}

failed=()
for version in "$@"; do
  if ! install "$version"; then
    echo "SKIP test:nodes $version: npm could not install node@$version (see .cache/nodes/$version/npm.log)"
    continue
  fi
  echo "test:nodes: $("$bin/node" --version)"
  node() { PATH="$bin:$PATH" command node "$@"; }
  ok=yes
  PATH="$bin:$PATH" npm run --silent test:run || ok=no
  [ $long = no ] || PATH="$bin:$PATH" npm run --silent test:long:run || ok=no
  node dist/src/cli/main.js demo --bytes 64M --seconds 2 || ok=no
  node dist/src/cli/main.js doctor || ok=no
  [ $ok = yes ] || failed+=("$version")
done
[ ${#failed[@]} = 0 ] || { echo "test:nodes: FAILED with Node ${failed[*]}"; exit 1; }
