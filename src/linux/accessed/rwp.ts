import { MigrationError } from '../../common/migration-error.js';
import type { SourceProbe } from '../../mm/ports/access-port.js';
import { laterFeatures } from '../userfaultfd/userfaultfd.js';

/**
 * The place of a source for the kernel's coming read-write protection (UFFD_FEATURE_RWP, UFFDIO_RWPROTECT, PAGE_IS_ACCESSED).
 * It would see reads as well as writes, for each page, without a privilege and without a thread that waits. Patches were
 * posted in 2026 (version 10 in July), and no release up to Linux 7.2 has them. The numbers of a posted patch can still
 * change, so this file has none. When a release has them, the marks go here, as a class beside this probe, and their row
 * into the table of host-marks.ts.
 *
 * Until then the probe checks only what is certain: the kernel reports every feature of its userfaultfd, and one that reports
 * nothing after UFFD_FEATURE_MOVE (Linux 6.8) does not have this one.
 */
export function probeReadWriteProtection(): SourceProbe {
  const needs =
    'a Linux with UFFD_FEATURE_RWP. No release up to Linux 7.2 has it, and this version of pageferry cannot use it.';
  return { name: 'rwp', needs, problem: problem() };
}

function problem(): string {
  try {
    const features = laterFeatures();
    if (features.length === 0) return 'this kernel does not have read-write protection';
    const bits = `bit${features.length > 1 ? 's' : ''} ${features.join(', ')}`;
    return `this kernel has userfaultfd features that this version of pageferry does not know (${bits})`;
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    return error.problem;
  }
}
