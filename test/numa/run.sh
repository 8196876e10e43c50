#!/usr/bin/env bash
# Boots a virtual machine with two NUMA nodes (QEMU, software emulation) and runs the built package in it.
#   test/numa/run.sh [--arm64 | --arm64-16k] [test …]
# A test is the name of one in test/numa/guest, or a path in test/, both without their endings: `live`, `linux/journal`.
# By default the machine is x64, with every test in test/numa/guest. Those in on-demand/ take minutes: name them. What the others run is in test/numa/machines.
# Exit code 0: everything passed, or nothing could be run, and then a line `SKIP test:numa: why` says so.
# PAGEFERRY_NUMA_TORTURE: arguments of a torture that is to follow the tests named, such as '--minutes 1 --seed 1'.
# PAGEFERRY_NUMA_KERNEL: boot this kernel image instead of Debian's 6.12.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=test/numa
machine=x64
case ${1:-} in --arm64 | --arm64-16k) machine=${1#--} && shift ;; esac
# Seconds. The guest's own watchdogs are shorter: this is for a kernel that hangs.
limit=${PAGEFERRY_NUMA_LIMIT:-1200}

# shellcheck source=tools.sh
. $here/tools.sh
# Says what this machine is: script, cache, console, kernels, images, PACKAGES, qemu, tests, torture; missing_tools, prepare_root.
# shellcheck source=/dev/null
. "$here/machines/$machine.sh"
cache=$(realpath -m "${PAGEFERRY_NUMA_CACHE:-$cache}")
mkdir -p "$cache"
prepare_tools
prepare_kernel
[ $# = 0 ] || { tests=("$@") && torture=${PAGEFERRY_NUMA_TORTURE:-}; }
rm -rf "$cache/root"
mkdir -p "$cache/root"/{bin,dev,lib,proc,sys,tmp,app/node_modules,app/dist}
prepare_root "$cache/root"
bash $here/initramfs.sh "$cache" "$torture" "${tests[@]}"

echo "$script: $(basename "$kernel") in QEMU, two nodes of 1 GiB and a CPU each; at most $limit s"
log=$cache/boot.log
timeout --kill-after=5 "$limit" "${qemu[@]}" -accel tcg,thread=multi -smp 2 -m 2G \
  -object memory-backend-ram,id=m0,size=1G -object memory-backend-ram,id=m1,size=1G \
  -numa node,nodeid=0,cpus=0,memdev=m0 -numa node,nodeid=1,cpus=1,memdev=m1 -numa dist,src=0,dst=1,val=20 \
  -display none -vga none -nic none -serial stdio -monitor none -no-reboot -nodefaults \
  -kernel "$kernel" -initrd "$cache/initrd.img" -append "console=$console quiet panic=-1 nokaslr" \
  </dev/null | sed -u 's/\r$//' | tee "$log" && status=0 || status=$?

failed() { echo "FAIL $script: $1"; exit 1; }
case $status in
  0) ;;
  124 | 137) failed "the virtual machine was ended after $limit s: it hangs, or this host is too slow" ;;
  *) failed "QEMU ended with status $status" ;;
esac
# A guest that panics, or whose init dies, never gets this far.
code=$(sed -n 's/^guest: tests ended with \([0-9]*\)$/\1/p' "$log" | tail -1)
[ -n "$code" ] || failed "the guest ended before its tests did"
[ "$code" = 0 ] || failed "the tests in the guest failed"
passed=$(awk '/^# pass [0-9]+$/ { sum += $3 } END { print sum + 0 }' "$log")
[ "$passed" -gt 0 ] || failed "the guest has run no test"
echo "$script: $passed tests passed on two NUMA nodes, in $SECONDS s"
