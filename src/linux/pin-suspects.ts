import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

// include/uapi/asm-generic/fcntl.h; arm64 has its own
const O_DIRECT = process.arch === 'arm64' ? 0o200000 : 0o40000;

/** What can write to memory by a pin (get_user_pages), past every page table: io_uring, RDMA, devices given to a guest. */
const PINNERS =
  /^(?:anon_inode:\[io_uring\]|anon_inode:\[?vfio|anon_inode:\[?kvm|\/dev\/infiniband\/|\/dev\/vfio\/)/;

/**
 * Whether this process has a descriptor open through which somebody could write to its memory by a pin: of a kind that
 * registers buffers, or a file opened with O_DIRECT. Nothing tells whether a page is pinned, or was a moment ago; so who
 * copies pages that are still mapped compares, when this says that it could be.
 *
 * Costs some 30 µs a descriptor. Another process that writes by process_vm_writev(2) or ptrace(2) is not seen.
 */
export function mayPin(directory = '/proc/self'): boolean {
  let names: string[];
  try {
    names = readdirSync(`${directory}/fd`);
  } catch {
    return true;
  }
  return names.some((name) => {
    try {
      const target = readlinkSync(`${directory}/fd/${name}`);
      if (PINNERS.test(target)) return true;
      if (!target.startsWith('/')) return false;
      const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`${directory}/fdinfo/${name}`, 'latin1'))?.[1];
      return flags !== undefined && (Number.parseInt(flags, 8) & O_DIRECT) !== 0;
    } catch {
      // It was closed meanwhile: the one that the directory was read by, for instance.
      return false;
    }
  });
}

export class PinSuspects {
  descriptors = 0;
  mayPin(): boolean {
    return mayPin();
  }
  close(): void {}
}
