import { release } from 'node:os';
import { setImmediate as immediate } from 'node:timers/promises';
import { describeHost, type Host } from '../../bench/harness/host.js';
import { checkAccessSources } from './access-sources.js';
import type { Check } from './check.js';
import { checkCopyBandwidth } from './copy-bandwidth.js';
import { checkDsa } from './dsa.js';
import { checkKernelFaults } from './kernel-faults.js';
import { checkLiveMove } from './live-move.js';
import { checkAddressSpace, checkHugePages, checkMemory, checkNuma } from './memory.js';
import { checkPageTables } from './page-tables.js';
import { checkBasePages, checkKernel, checkKoffi, checkNodeVersion, checkSystem } from './system.js';
import { checkUserfaultfd } from './userfaultfd-check.js';

/** The report of `pageferry doctor --json`. */
export interface DoctorReport {
  readonly schema: 'pageferry.doctor/1';
  readonly host: Host;
  /** Real memory can be migrated on this host, by this process. */
  readonly canMigrate: boolean;
  readonly checks: readonly Check[];
}

/** Called after each check, with the number of checks done and in total. */
export type OnCheck = (done: number, of: number, id: string) => void;

/** Checks everything that migration needs. Does not throw, whatever the host. */
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
    checkAccessSources,
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
    // A check may take long, and blocks the event loop.
    await immediate();
  }
  return checks;
}

function isMissing({ status }: Check): boolean {
  return status === 'missing';
}
