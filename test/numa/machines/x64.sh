# To be sourced: the machine that `npm run test:numa` boots. It has the node of the host.

script=test:numa
cache=$PWD/.cache/numa
console='ttyS0 mitigations=off'
# The newest 6.12 cloud kernel that apt knows; the signed one is no dependency of anything else and needs no other package.
kernels='^linux-image-6\.12\.[0-9]+[^-]*-cloud-amd64$'
PACKAGES=(qemu-system-x86 busybox-static cpio)
# Without erms and fsrm: the kernel would copy by string instructions, which are slow to emulate; so are five-level page tables.
qemu=(qemu-system-x86_64 -machine q35,usb=off -cpu max,la57=off,erms=off,fsrm=off)
tests=()
for file in test/numa/guest/*.ts; do tests+=("$(basename "$file" .ts)"); done
torture=''

[ "$(uname -sm)" = 'Linux x86_64' ] || skip "needs Linux on x86-64, this is $(uname -sm)"

missing_tools() {
  command -v qemu-system-x86_64 >/dev/null || echo qemu-system-x86
  # The one of the package busybox is not static everywhere, and the guest has no other program.
  { [ -x "$(command -v busybox)" ] && ! ldd "$(command -v busybox)" >/dev/null 2>&1; } || echo busybox-static
  command -v cpio >/dev/null || echo cpio
}

prepare_root() {
  local node
  node=$(readlink -f "$(command -v node)")
  cp "$(command -v busybox)" "$1/bin/busybox"
  cp "$node" "$1/bin/node"
  ldd "$node" | grep -o '/[^ ]*' | sort -u | while read -r library; do
    mkdir -p "$1$(dirname "$library")"
    cp -L "$library" "$1$library"
  done
}
