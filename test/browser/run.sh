#!/usr/bin/env bash
# Runs the tests of the page in Debian's Chromium, which it installs where it may.
#   test/browser/run.sh [test …]      names in test/browser without .browser.ts; all of them by default
# Exit code 0: everything passed; what could not be run has a line `SKIP test:browser: why`.
# PAGEFERRY_CHROMIUM: another Chromium.
set -euo pipefail
cd "$(dirname "$0")/../.."
# A test must not wait for a mirror for ever.
APT=(apt-get -qq -o Acquire::http::Timeout=30 -o Acquire::Retries=2)

skip() { echo "SKIP test:browser: $1"; }

find_chromium() {
  PAGEFERRY_CHROMIUM=$(command -v "${PAGEFERRY_CHROMIUM:-chromium}") && export PAGEFERRY_CHROMIUM
}

install_chromium() {
  echo 'test:browser: installing chromium'
  "${APT[@]}" update >/dev/null || echo 'test:browser: apt-get update failed; going on with the package lists there are'
  DEBIAN_FRONTEND=noninteractive "${APT[@]}" install -y --no-install-recommends chromium >/dev/null 2>&1
}

if ! find_chromium; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    skip 'no chromium (as root on Debian this script installs it: apt-get install chromium)'
    exit 0
  fi
  install_chromium && find_chromium || { skip 'apt-get could not install chromium'; exit 0; }
fi
echo "test:browser: $("$PAGEFERRY_CHROMIUM" --version 2>/dev/null)"

files=()
for name in "$@"; do files+=("dist/test/browser/$name.browser.js"); done
if [ ${#files[@]} = 0 ]; then
  files=(dist/test/browser/*.browser.js)
  if ! node dist/src/cli/main.js doctor >/dev/null; then
    # The lab and reports need no ferry.
    files=(dist/test/browser/{lab-*,report-page}.browser.js)
    skip "the views of a ferry: this host cannot migrate ('pageferry doctor' says why)"
  fi
fi
# One at a time: each has a browser and a ferry, whose threads are work enough.
node --test --test-concurrency=1 "${files[@]}"
