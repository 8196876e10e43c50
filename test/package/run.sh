#!/usr/bin/env bash
# Packs the package as a clean clone does, checks what is in it, and uses it in an empty project: `npm run test:package`.
# With --check only the first two: `npm run package:check`.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "test:package: FAILED: $*"; exit 1; }

# A copy, as `npm pack` removes dist and builds it anew.
mkdir "$work/clone" "$work/program"
tar -c --exclude=./node_modules --exclude=./dist --exclude=./.cache --exclude=./.git . | tar -x -C "$work/clone"
ln -s "$root/node_modules" "$work/clone/node_modules"
(cd "$work/clone" && npm pack --silent --pack-destination "$work" > /dev/null) || fail 'npm pack'
package=("$work"/pageferry-*.tgz)
mkdir "$work/content"
tar -xzf "${package[0]}" -C "$work/content"
node test/package/check-content.mjs "$work/content/package"
npx publint run --strict "${package[0]}"
# Node 20.17 to 20.18 cannot require what is ESM only, and TypeScript's node10 resolution knows no `exports`.
npx attw "${package[0]}" --profile esm-only --format table-flipped --no-emoji
[ "${1:-}" != --check ] || exit 0

cp -r test/package/project/. "$work/program"
cd "$work/program"
if ! npm install --no-audit --no-fund --loglevel=error --fetch-timeout=60000 \
  "${package[0]}" "@types/node@$(node -p "require('$root/node_modules/@types/node/package.json').version")" > npm.log 2>&1; then
  if grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED' npm.log; then
    echo 'SKIP test:package: npm cannot reach its registry'
    exit 0
  fi
  cat npm.log
  fail 'npm install'
fi
echo "installed: $(find node_modules -name package.json -path '*node_modules/*' -not -path '*/dist/*' | wc -l) packages, $(du -sh node_modules | cut -f1)"

"$root/node_modules/.bin/tsc" -p tsconfig.nodenext.json
"$root/node_modules/.bin/tsc" -p tsconfig.bundler.json
node migrate.mjs
node out/nodenext/typed.js
node out/nodenext/typed-face.js
node out/bundler/typed.js
"$root/node_modules/.bin/esbuild" browser.ts --bundle --platform=browser --log-level=warning --outfile=out/browser.js
node run-bundle.mjs
node_modules/.bin/pageferry sim move > /dev/null
node serve.mjs

# A program with pageferry/auto, started in each way. Its report says that memory was adopted.
adopts() {
  PAGEFERRY_AUTO_MIN_SIZE=4M PAGEFERRY_AUTO_REPORT=auto.txt PAGEFERRY_AUTO_SOCKET=$work/auto.sock "$@" || fail "pageferry/auto: $*"
  grep -q '^pageferry: adopted 1 memory of 4M or more, 16M' auto.txt || { cat auto.txt; fail "pageferry/auto: $*"; }
  rm auto.txt
}
adopts node --require pageferry/auto auto.mjs
adopts node --import pageferry/auto auto.mjs
adopts env NODE_OPTIONS='--import pageferry/auto' node auto.mjs
adopts node_modules/.bin/pageferry run auto.mjs

# require() of ES modules: from Node 22 on.
for version in 22 24; do
  folder=$root/.cache/nodes/$version
  node=$folder/node_modules/node/bin/node
  if [ ! -x "$node" ]; then
    mkdir -p "$folder"
    echo '{ "private": true }' > "$folder/package.json"
    if ! npm install --prefix "$folder" --no-save --no-audit --no-fund --loglevel=error --fetch-timeout=60000 \
      "node@$version" > "$folder/npm.log" 2>&1; then
      echo "SKIP test:package CommonJS: npm could not install node@$version (see .cache/nodes/$version/npm.log)"
      continue
    fi
  fi
  "$node" migrate.cjs
  "$node" out/nodenext/typed-common.cjs
  adopts "$node" --import pageferry/auto auto.mjs
done

# What only the command line and the dashboard need, a ferry does not load.
rm -r node_modules/{bullmq,cli-progress,cli-table3,commander,fastify,ioredis,piscina,prom-client}
node migrate.mjs
echo 'test:package: passed'
