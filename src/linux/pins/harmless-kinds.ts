import { ascii, hasAt } from '../sys/proc-text.js';

/**
 * Kinds of open files that cannot write to this process's memory by a pin. All other kinds may pin. In doubt, pages are
 * moved one by one, and the kernel refuses those that are pinned.
 */

/** Anonymous inodes, as anon_inode_getfile() names them (Linux 6.8 to 6.18). The file of each is beside it. */
const ANONYMOUS: readonly Uint8Array[] = [
  '[eventpoll]', //        fs/eventpoll.c
  '[eventfd]', //          fs/eventfd.c
  '[timerfd]', //          fs/timerfd.c
  '[signalfd]', //         fs/signalfd.c
  '[userfaultfd]', //      fs/userfaultfd.c
  'inotify', //            fs/notify/inotify/inotify_user.c
  '[fanotify]', //         fs/notify/fanotify/fanotify_user.c
  '[pidfd]', //            kernel/pid.c; fs/pidfs.c
  '[perf_event]', // kernel/events/core.c: its buffers are the kernel's own pages
  '[landlock-ruleset]', // security/landlock/syscalls.c
  'seccomp notify', //     kernel/seccomp.c
].map(ascii);

/**
 * Protocols of sockets (`struct proto.name`) that copy what they receive. Protocols that let devices write to user pages
 * are not here: XDP (net/xdp/xdp_umem.c), ALG (crypto/af_alg.c), RDS (net/rds), and all unknown ones. MSG_ZEROCOPY only
 * takes references to read, and neither UFFDIO_MOVE nor mremap(2) respects those. So it makes no difference here.
 */
const PROTOCOLS: readonly Uint8Array[] = [
  'TCP',
  'TCPv6',
  'MPTCP',
  'MPTCPv6',
  'UDP',
  'UDPv6',
  'UDP-Lite',
  'UDPLITEv6',
  'RAW',
  'RAWv6',
  'PING',
  'PINGv6',
  'UNIX',
  'UNIX-STREAM',
  'NETLINK',
  'PACKET',
  'AF_VSOCK',
].map(ascii);

export function isHarmlessAnonymous(bytes: Uint8Array, from: number, end: number): boolean {
  return isOneOf(ANONYMOUS, bytes, from, end);
}

export function isHarmlessProtocol(bytes: Uint8Array, end: number): boolean {
  return isOneOf(PROTOCOLS, bytes, 0, end);
}

function isOneOf(names: readonly Uint8Array[], bytes: Uint8Array, from: number, end: number): boolean {
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (name.length === end - from && hasAt(bytes, from, name)) return true;
  }
  return false;
}

/**
 * Whether a character device copies the data that is read from it. The check uses device numbers, which a name cannot fake
 * (Documentation/admin-guide/devices.txt). Every other device may pin: /dev/infiniband, /dev/vfio and /dev/iommu, /dev/kvm,
 * /dev/vhost-*, GPUs and accelerators (/dev/dri, /dev/nvidia*, /dev/kfd, /dev/accel), /dev/dsa and /dev/iax, /dev/hisi_*,
 * /dev/video* and /dev/media*, /dev/dma_heap and /dev/udmabuf, /dev/sg*, /dev/bsg and /dev/ng*, /dev/fuse, /dev/mem,
 * /dev/xen, and future devices.
 */
export function isHarmlessDevice(major: number, minor: number): boolean {
  switch (major) {
    // mem: null, zero, full, random, urandom, kmsg. Not mem (1), which is all of memory.
    case 1:
      return minor === 3 || minor === 5 || (minor >= 7 && minor <= 9) || minor === 11;
    // Terminals: virtual and serial ones; tty, console and ptmx; USB modems, USB serial, low-density serial, hvc.
    case 4:
    case 5:
    case 166:
    case 188:
    case 204:
    case 229:
      return true;
    // misc: net/tun
    case 10:
      return minor === 200;
    default:
      // Slaves of pseudo terminals: pts/*
      return major >= 136 && major <= 143;
  }
}
