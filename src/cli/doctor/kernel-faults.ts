import type { Check } from './check.js';
import { compareVersions, parseVersion, type Version } from './versions.js';

/** A range of kernels: of one stable series, or of all releases from one to another. */
export interface KernelRange {
  /** The first version with the fault. */
  readonly from: Version;
  /** The last version known to have the fault; undefined if no version without it is known. */
  readonly to?: Version;
}

/** A fault of the kernel in what pageferry uses. */
export interface KernelFault {
  readonly id: string;
  readonly problem: string;
  readonly ranges: readonly KernelRange[];
  /** How pageferry avoids it. Undefined: it cannot, and `doctor` warns. */
  readonly avoidedBy?: string;
}

/**
 * Faults that can lose pages, or leave a thread asleep forever. The sources are the commits and the kernel's CVE records.
 * The records differ in whether the last version of a range has the fault or is the first without. Here it has the fault.
 */
export const KERNEL_FAULTS: readonly KernelFault[] = [
  {
    id: 'CVE-2026-72175',
    problem:
      'a thread that waits for a page can stay asleep forever: the kernel takes a swap or migration entry for a page ' +
      'that is present (userfaultfd must_wait), and a huge page can be written to while it is being write-protected',
    ranges: [
      { from: [6, 7, 0], to: [6, 12, 100] },
      { from: [6, 13, 0], to: [6, 18, 41] },
      { from: [6, 19, 0], to: [7, 1, 4] },
    ],
  },
  {
    id: 'UFFDIO_MOVE reports EEXIST for pages that it has moved',
    problem: 'UFFDIO_MOVE fails although pages have moved, and does not wake the threads that wait for them',
    ranges: [{ from: [6, 18, 0] }],
    avoidedBy: 'the page tables are read after such an answer, and waiters are woken (stats().hidden_moves)',
  },
  {
    id: 'mmap_changing stays raised after a failed mremap',
    problem: 'every later UFFDIO_MOVE and UFFDIO_COPY fails with EAGAIN',
    ranges: [{ from: [6, 8, 0], to: [7, 1, Number.POSITIVE_INFINITY] }],
    avoidedBy: 'retries are bounded; pages then return by mremap, and the ferry closes itself',
  },
  {
    id: 'PAGEMAP_SCAN reports a dropped huge page as not written',
    problem: 'a huge page that MADV_DONTNEED dropped looks like one that is still write-protected',
    ranges: [{ from: [6, 8, 0], to: [7, 1, Number.POSITIVE_INFINITY] }],
    avoidedBy: 'a page must be present as well as not written',
  },
];

/** The faults of a kernel version, as uname(2) reports it. None for a version that cannot be parsed. */
export function faultsOf(release: string, faults: readonly KernelFault[] = KERNEL_FAULTS): KernelFault[] {
  const version = parseVersion(release);
  if (version === undefined) return [];
  return faults.filter(({ ranges }) => ranges.some((range) => isIn(version, range)));
}

function isIn(version: Version, { from, to }: KernelRange): boolean {
  return compareVersions(version, from) >= 0 && (to === undefined || compareVersions(version, to) <= 0);
}

/** Names the faults of this kernel that pageferry cannot avoid. */
export function checkKernelFaults(release: string): Check {
  const id = 'kernel faults';
  const faults = faultsOf(release);
  const open = faults.filter(({ avoidedBy }) => avoidedBy === undefined);
  const details = { faults: faults.map(({ id, avoidedBy }) => ({ id, avoidedBy: avoidedBy ?? null })) };
  if (open.length === 0) {
    const avoided = faults.length === 0 ? '' : ` (${faults.length} that pageferry avoids)`;
    return { id, status: 'ok', found: `none by its version${avoided}`, details };
  }
  return {
    id,
    status: 'limited',
    found: `by its version: ${open.map(({ id }) => id).join(', ')}`,
    why: `${open.map(({ problem }) => problem).join('; ')}.`,
    advice: `Boot ${fixedIn(release, open)}. Distributions carry fixes in older versions: read the changelog of the package.`,
    details,
  };
}

/** The kernels of the same range without these faults, in words. */
function fixedIn(release: string, faults: readonly KernelFault[]): string {
  const version = parseVersion(release)!;
  let last: Version | undefined;
  for (const { ranges } of faults) {
    const to = ranges.find((range) => isIn(version, range))?.to;
    if (to !== undefined && (last === undefined || compareVersions(to, last) > 0)) last = to;
  }
  return last === undefined ? 'a later kernel' : `a kernel later than ${last.join('.')}`;
}
