#!/bin/sh
# Process 1 of the virtual machine: mounts what is needed, runs the tests, says how they ended, powers off.
export HOME=/tmp PATH=/bin
# Emulation is slow; a hang is ended by the script that boots this.
export PAGEFERRY_WATCHDOG_MS=600000
# Every buffer of a test is a mapping of its own, never memory that malloc has used before.
export MALLOC_MMAP_THRESHOLD_=131072
# Where this fails, the kernel panics as its first process is gone, and the machine ends.
set -e
/bin/busybox mount -t proc proc /proc
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
mount -t cgroup2 cgroup /sys/fs/cgroup
ip link set lo up
# Pages must move because pageferry moves them: the tests switch balancing on where they want it.
echo 0 >/proc/sys/kernel/numa_balancing
echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
# khugepaged gathers pages of both nodes on one. It still wakes when the first process asks for huge pages: then it looks at 2 MiB.
echo 1 >/sys/kernel/mm/transparent_hugepage/khugepaged/pages_to_scan
echo 4000000000 >/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
# Free pages that wait in a CPU's own list are not counted as free, and such a list grows to an eighth of a node: what a test
# has given back would not be seen by one that fills the node up, and would still be there for whoever asks. At most 1 MiB.
echo 1000000 >/proc/sys/vm/percpu_pagelist_high_fraction
cd /app
set +e
# One at a time: they share two small nodes and two slow CPUs.
node --test --test-concurrency=1 --test-reporter=tap $(cat tests)
status=$?
if [ $status = 0 ] && [ -n "$(cat torture)" ]; then
  node dist/test/torture/torture.js $(cat torture) || status=$?
fi
echo "guest: tests ended with $status"
poweroff -f
