import { describeHost, type Host } from '../../bench/host.js';
import type { Check } from './check.js';
import { checkCopyBandwidth } from './copy-bandwidth.js';
import { checkDsa } from './dsa.js';
import { checkHugePages } from './huge-pages.js';
import { checkLiveMove } from './live-move.js';
import { checkAddressSpace, checkMemory } from './memory.js';
import { checkNuma } from './numa.js';
import { checkKernel, checkKoffi, checkNodeVersion, checkSystem } from './system.js';
import { checkUserfaultfd } from './userfaultfd-check.js';

/** What `pageferry doctor --json` prints. */
export interface DoctorReport {
  readonly schema: 'pageferry.doctor/1';
  readonly host: Host;
  /** Real memory can be migrated on this host, by this process. */
  readonly canMigrate: boolean;
  readonly checks: readonly Check[];
}

/** Looks at everything that migration needs. Throws on no host. */
export async function examine(): Promise<DoctorReport> {
  const host = describeHost();
  const base = [checkNodeVersion(), checkSystem(), checkKoffi()];
  const checks = base.some(isMissing) ? base : [...base, ...(await examineLinux(host))];
  return { schema: 'pageferry.doctor/1', host, canMigrate: !checks.some(isMissing), checks };
}

async function examineLinux(host: Host): Promise<Check[]> {
  const checks = [
    checkKernel(),
    checkUserfaultfd(),
    await checkLiveMove(),
    checkNuma(host),
    checkHugePages(),
    checkMemory(),
    checkAddressSpace(),
    checkCopyBandwidth(host),
    checkDsa(),
  ];
  return checks.filter((check) => check !== undefined);
}

function isMissing({ status }: Check): boolean {
  return status === 'missing';
}
