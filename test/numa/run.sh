#!/usr/bin/env bash
# Boots a virtual machine with two NUMA nodes (QEMU, software emulation) and runs the built package in it.
#   test/numa/run.sh [guest test …]      names in test/numa/guest without .ts; all of them by default
# Exit code 0: everything passed, or nothing could be run, and then a line `SKIP test:numa: why` says so.
# PAGEFERRY_NUMA_KERNEL: boot this kernel image instead of Debian's 6.12.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=test/numa
cache=${PAGEFERRY_NUMA_CACHE:-.cache/numa}
# Seconds. The guest's own watchdogs are shorter: this is for a kernel that hangs.
limit=${PAGEFERRY_NUMA_LIMIT:-900}

# shellcheck source=tools.sh
. $here/tools.sh
mkdir -p "$cache"
prepare_tools
prepare_kernel "$cache"
tests=("$@")
if [ ${#tests[@]} = 0 ]; then
  for file in $here/guest/*.ts; do tests+=("$(basename "$file" .ts)"); done
fi
bash $here/initramfs.sh "$cache" "${tests[@]}"

echo "test:numa: $(basename "$kernel") in QEMU, two nodes of 1 GiB and a CPU each; at most $limit s"
log=$cache/boot.log
# Without erms and fsrm: the kernel would copy by string instructions, which are slow to emulate; so are five-level page tables.
timeout --kill-after=5 "$limit" qemu-system-x86_64 \
  -accel tcg,thread=multi -machine q35,usb=off -cpu max,la57=off,erms=off,fsrm=off -smp 2 -m 2G \
  -object memory-backend-ram,id=m0,size=1G -object memory-backend-ram,id=m1,size=1G \
  -numa node,nodeid=0,cpus=0,memdev=m0 -numa node,nodeid=1,cpus=1,memdev=m1 -numa dist,src=0,dst=1,val=20 \
  -display none -vga none -nic none -serial stdio -monitor none -no-reboot -nodefaults \
  -kernel "$kernel" -initrd "$cache/initrd.img" \
  -append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr" \
  </dev/null | tr -d '\r' | tee "$log" && status=0 || status=$?

failed() { echo "FAIL test:numa: $1"; exit 1; }
case $status in
  0) ;;
  124 | 137) failed "the virtual machine was ended after $limit s: it hangs, or this host is too slow" ;;
  *) failed "QEMU ended with status $status" ;;
esac
# A guest that panics, or whose init dies, never gets this far.
code=$(sed -n 's/^guest: tests ended with \([0-9]*\)$/\1/p' "$log" | tail -1)
[ -n "$code" ] || failed "the guest ended before its tests did"
[ "$code" = 0 ] || failed "the tests in the guest failed"
passed=$(sed -n 's/^# pass \([0-9]*\)$/\1/p' "$log" | tail -1)
[ "${passed:-0}" -gt 0 ] || failed "the guest has run no test"
echo "test:numa: $passed tests passed on two NUMA nodes, in $SECONDS s"
