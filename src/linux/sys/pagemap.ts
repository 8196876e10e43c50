import { ERRNO } from '../../common/errno.js';
import { PAGE_SHIFT, PAGE_SIZE } from '../../common/page.js';
import { systemError } from '../../common/system-error.js';
import { type Address, libc } from './libc.js';
import { Scratch } from './scratch.js';

// Documentation/admin-guide/mm/pagemap.rst; bits of the upper word of a 64-bit entry
const PM_PRESENT = 1 << 31;
const PM_SWAP = 1 << 30;
const PM_MMAP_EXCLUSIVE = 1 << 24;
/** Of the upper word, if it is present. */
const PM_FRAME_HIGH = 2 ** 23 - 1;
const CHUNK_PAGES = 512;

// include/uapi/linux/fs.h: _IOWR('f', 16, struct pm_scan_arg), Linux 6.7
const PAGEMAP_SCAN = 0xc0606610;
/** Write-protects the pages that match, in the same walk. */
const PM_SCAN_WP_MATCHING = 1 << 0;
/** Fails (EPERM) where a mapping is not registered for asynchronous write protection. */
const PM_SCAN_CHECK_WPASYNC = 1 << 1;
/** Not write-protected by a userfaultfd. */
const PAGE_IS_WRITTEN = 1 << 1;
const PAGE_IS_PRESENT = 1 << 3;
const PAGE_IS_SWAPPED = 1 << 4;
const PAGE_IS_PFNZERO = 1 << 5;
const PAGE_IS_HUGE = 1 << 6;
const SCAN_ARG_BYTES = 96;
const SCAN_REGIONS = 64;

/** The categories (PAGE_IS_…) of a scan, and its flags (PM_SCAN_…). */
interface Matching {
  readonly all?: number;
  readonly inverted?: number;
  readonly any?: number;
  readonly flags?: number;
}

/** The entry is not empty: a page in memory, in swap, or poisoned. */
export const PAGE_OCCUPIED = 1;
/** The page is in memory. */
export const PAGE_PRESENT = 2;
/** Only this process maps the page. */
export const PAGE_EXCLUSIVE = 4;

const NOT_DUMPABLE =
  'A process that changed its user is not dumpable. Start it as that user, or set PR_SET_DUMPABLE.';

/** The remedy for an errno of open(2). */
const OPEN_ADVICE: Readonly<Record<number, string>> = {
  [ERRNO.EACCES]: NOT_DUMPABLE,
  [ERRNO.EPERM]: NOT_DUMPABLE,
  [ERRNO.ENOENT]: 'Mount /proc in this container.',
};

/** The page table entries of this process, from /proc/self/pagemap. */
export class Pagemap {
  readonly descriptor: number;
  readonly #entries = new Scratch(CHUNK_PAGES * 8);
  readonly #scan = new Scratch(SCAN_ARG_BYTES + SCAN_REGIONS * 24);
  readonly #hugeScan = new Scratch(SCAN_ARG_BYTES + 24);

  constructor() {
    this.#prepareHugeScan();
    const c = libc();
    this.descriptor = c.open('/proc/self/pagemap', 0o2000000 /* O_CLOEXEC */);
    if (this.descriptor < 0) {
      const errno = c.errno();
      const advice = OPEN_ADVICE[errno];
      throw systemError(errno, 'cannot open /proc/self/pagemap', {
        operation: 'openFerry',
        ...(advice === undefined ? {} : { advice }),
      });
    }
  }

  #prepareHugeScan(): void {
    const scan = this.#hugeScan;
    scan.set64(0, SCAN_ARG_BYTES);
    scan.set64(5, scan.address + SCAN_ARG_BYTES);
    scan.set64(6, 1);
    scan.set64(10, PAGE_IS_HUGE);
    scan.set64(11, PAGE_IS_HUGE);
  }

  /** Bytes from the start of the file to the entry of a page. */
  offsetOf(address: Address): number {
    return (address / PAGE_SIZE) * 8;
  }

  /** Reads the PAGE_… bits of up to 512 consecutive pages into `out`. */
  read(address: Address, pages: number, out: Uint8Array): void {
    this.#read(address, pages, 'migrate');
    for (let i = 0; i < pages; i++) {
      const high = this.#entries.u32[i * 2 + 1]!;
      out[i] =
        ((high & (PM_PRESENT | PM_SWAP)) !== 0 ? PAGE_OCCUPIED : 0) |
        ((high & PM_PRESENT) !== 0 ? PAGE_PRESENT : 0) |
        ((high & PM_MMAP_EXCLUSIVE) !== 0 ? PAGE_EXCLUSIVE : 0);
    }
  }

  /** Whether one entry maps the 2 MiB that begin at an address. */
  isHuge(address: Address): boolean {
    // The first page decides for all, so the kernel need not walk 512. A migration calls this for each 2 MiB.
    const scan = this.#hugeScan;
    scan.set64(2, address);
    scan.set64(3, address + PAGE_SIZE);
    scan.set64(4, 0);
    return libc().ioctl(this.descriptor, PAGEMAP_SCAN, scan.address) > 0;
  }

  /** Calls `each(address, bytes)` for the parts of a range that are mapped by 2 MiB entries (the PAGEMAP_SCAN ioctl). */
  hugeRanges(address: Address, bytes: number, each: (address: Address, bytes: number) => void): void {
    // If the ioctl fails, huge pages are treated as small pages. No other harm is done.
    this.#ranges({ any: PAGE_IS_HUGE }, address, bytes, each);
  }

  /**
   * Calls `each(address, bytes)` for the parts of a range whose pages are in memory and mapped by small entries, without
   * the zero page. False if the ioctl fails.
   */
  smallRanges(address: Address, bytes: number, each: (address: Address, bytes: number) => void): boolean {
    const all = PAGE_IS_PRESENT | PAGE_IS_PFNZERO | PAGE_IS_HUGE;
    return this.#ranges({ all, inverted: PAGE_IS_PFNZERO | PAGE_IS_HUGE }, address, bytes, each);
  }

  /**
   * Calls `each(address, bytes)` for the parts of a range whose pages are in memory and write-protected by a userfaultfd.
   * Neighbouring parts may come separately. False if the ioctl fails.
   */
  protectedRanges(address: Address, bytes: number, each: (address: Address, bytes: number) => void): boolean {
    const all = PAGE_IS_PRESENT | PAGE_IS_WRITTEN;
    return this.#ranges({ all, inverted: PAGE_IS_WRITTEN }, address, bytes, each);
  }

  /**
   * Whether all pages of a range are write-protected, in memory and mapped by small entries, without the zero page. Then no
   * folio needs a check of its own.
   */
  isProtected(address: Address, bytes: number): boolean {
    const inverted = PAGE_IS_WRITTEN | PAGE_IS_PFNZERO | PAGE_IS_HUGE;
    let found = 0;
    this.#ranges({ all: PAGE_IS_PRESENT | inverted, inverted }, address, bytes, (_, part) => {
      found += part;
    });
    return found === bytes;
  }

  /**
   * Calls `each(address, bytes)` for the parts of a range that are not empty (PAGE_OCCUPIED). Neighbouring parts may come
   * separately. False if the ioctl fails.
   */
  occupiedRanges(address: Address, bytes: number, each: (address: Address, bytes: number) => void): boolean {
    return this.#ranges({ any: PAGE_IS_PRESENT | PAGE_IS_SWAPPED }, address, bytes, each);
  }

  /**
   * Write-protects the present pages of a range that is registered for asynchronous write protection. Huge pages stay whole
   * if they are in the range as a whole. Returns 0 or a negative errno.
   */
  protectPresent(address: Address, bytes: number): number {
    const c = libc();
    const scan = this.#scanOf(PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC, address, address + bytes);
    scan.set64(9, PAGE_IS_PRESENT);
    return c.ioctl(this.descriptor, PAGEMAP_SCAN, scan.address) < 0 ? -c.errno() : 0;
  }

  /**
   * Calls `each(address, bytes)` for the parts of a range whose pages are in memory and were written to since
   * `protectPresent`. A page that was dropped must not count: Linux 6.8 to 7.1 take a dropped huge page for one that is still
   * protected, and a hole for a written page. Nor must the zero page, which was only read. False if a part of the range is no
   * longer registered for asynchronous write protection.
   */
  writtenRanges(address: Address, bytes: number, each: (address: Address, bytes: number) => void): boolean {
    const all = PAGE_IS_PRESENT | PAGE_IS_WRITTEN | PAGE_IS_PFNZERO;
    return this.#ranges(
      { all, inverted: PAGE_IS_PFNZERO, flags: PM_SCAN_CHECK_WPASYNC },
      address,
      bytes,
      each,
    );
  }

  /** Reads the entries of up to 512 consecutive pages. */
  #read(address: Address, pages: number, operation: string): void {
    const c = libc();
    const bytes = pages * 8;
    const got = c.pread(this.descriptor, this.#entries.address, bytes, this.offsetOf(address));
    if (got === bytes) return;
    const errno = got < 0 ? c.errno() : ERRNO.EIO;
    const problem = got < 0 ? 'cannot read /proc/self/pagemap' : 'short read of /proc/self/pagemap';
    throw systemError(errno, problem, { operation });
  }

  /**
   * Reads the physical page numbers of up to 512 consecutive pages into `out`: 0 for a page that is not in memory, and for
   * every page without CAP_SYS_ADMIN.
   */
  frames(address: Address, pages: number, out: Float64Array): void {
    this.#read(address, pages, 'heat');
    const entries = this.#entries.u32;
    for (let i = 0; i < pages; i++) {
      const high = entries[i * 2 + 1]!;
      out[i] = (high & PM_PRESENT) === 0 ? 0 : (high & PM_FRAME_HIGH) * 2 ** 32 + entries[i * 2]!;
    }
  }

  close(): void {
    libc().close(this.descriptor);
  }

  /** The argument of a scan without conditions (struct pm_scan_arg). */
  #scanOf(flags: number, start: Address, end: Address): Scratch {
    const scan = this.#scan;
    scan.u32.fill(0, 0, SCAN_ARG_BYTES / 4);
    scan.set64(0, SCAN_ARG_BYTES);
    scan.set64(1, flags);
    scan.set64(2, start);
    scan.set64(3, end);
    return scan;
  }

  /** The parts of a range whose pages match all categories of `all` (inverted for `inverted`), and one of `any`. */
  #ranges(
    { all = 0, inverted = 0, any = 0, flags = 0 }: Matching,
    address: Address,
    bytes: number,
    each: (address: Address, bytes: number) => void,
  ): boolean {
    const c = libc();
    const scan = this.#scan;
    const vector = SCAN_ARG_BYTES / 8;
    const end = address + bytes;
    let start = address;
    while (start < end) {
      this.#scanOf(flags, start, end);
      scan.set64(5, scan.address + SCAN_ARG_BYTES);
      scan.set64(6, SCAN_REGIONS);
      scan.set64(8, inverted);
      scan.set64(9, all);
      scan.set64(10, any);
      // Merges parts that only differ in other categories.
      scan.set64(11, (all & ~inverted) | any);
      const found = c.ioctl(this.descriptor, PAGEMAP_SCAN, scan.address);
      if (found < 0) return false;
      for (let i = 0; i < found; i++) {
        const from = scan.get64(vector + i * 3);
        each(from, scan.get64(vector + i * 3 + 1) - from);
      }
      const walked = scan.get64(4);
      if (walked <= start) return false;
      start = walked;
    }
    return true;
  }
}

export function pageOf(address: Address): number {
  return address / 2 ** PAGE_SHIFT;
}
