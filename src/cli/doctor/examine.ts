import { release } from 'node:os';
import { setImmediate as immediate } from 'node:timers/promises';
import { describeHost, type Host } from '../../bench/harness/host.js';
import type { Check } from './check.js';
import { checkCopyBandwidth } from './copy-bandwidth.js';
import { checkDsa } from './dsa.js';
import { checkHugePages } from './huge-pages.js';
import { checkKernelFaults } from './kernel-faults.js';
import { checkLiveMove } from './live-move.js';
import { checkAddressSpace, checkMemory } from './memory.js';
import { checkNuma } from './numa.js';
import { checkPageTables } from './page-tables.js';
import { checkBasePages, checkKernel, checkKoffi, checkNodeVersion, checkSystem } from './system.js';
import { checkUserfaultfd } from './userfaultfd-check.js';

/** What `pageferry doctor --json` prints. */
export interface DoctorReport {
  readonly schema: 'pageferry.doctor/1';
  readonly host: Host;
  /** Real memory can be migrated on this host, by this process. */
  readonly canMigrate: boolean;
  readonly checks: readonly Check[];
}

/** Told of each check when it is done: how many of all, and what was looked at. */
export type OnCheck = (done: number, of: number, id: string) => void;

/** Looks at everything that migration needs. Throws on no host. */
export async function examine(onCheck: OnCheck = () => undefined): Promise<DoctorReport> {
  const host = describeHost();
  const base = [checkNodeVersion(), checkSystem(), checkKoffi()];
  if (!base.some(isMissing)) base.push(checkBasePages());
  const checks = base.some(isMissing) ? base : [...base, ...(await examineLinux(host, onCheck))];
  return { schema: 'pageferry.doctor/1', host, canMigrate: !checks.some(isMissing), checks };
}

async function examineLinux(host: Host, onCheck: OnCheck): Promise<Check[]> {
  const looks: readonly (() => Check | undefined | Promise<Check | undefined>)[] = [
    checkKernel,
    () => checkKernelFaults(release()),
    checkUserfaultfd,
    checkLiveMove,
    checkPageTables,
    () => checkNuma(host),
    checkHugePages,
    checkMemory,
    checkAddressSpace,
    () => checkCopyBandwidth(host),
    checkDsa,
  ];
  const checks: Check[] = [];
  for (const [at, look] of looks.entries()) {
    const check = await look();
    if (check !== undefined) checks.push(check);
    onCheck(at + 1, looks.length, check?.id ?? '');
    // A look may take long, and let nothing else run meanwhile.
    await immediate();
  }
  return checks;
}

function isMissing({ status }: Check): boolean {
  return status === 'missing';
}
