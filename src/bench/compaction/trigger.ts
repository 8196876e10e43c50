import { accessSync, constants, writeFileSync } from 'node:fs';
import { MigrationError } from '../../common/migration-error.js';
import { advise, MADV_DONTNEED, MADV_HUGEPAGE, MADV_POPULATE_WRITE, reserve } from '../../linux/sys/mman.js';
import { readText } from '../../linux/sys/read-text.js';

/** How compaction is started. */
export const TRIGGERS = ['sysctl', 'hugepages'] as const;

export type Trigger = (typeof TRIGGERS)[number];

const COMPACT_MEMORY = '/proc/sys/vm/compact_memory';
const THP_ENABLED = '/sys/kernel/mm/transparent_hugepage/enabled';

/** The reason for which a trigger cannot be used here. Undefined if it can. */
export function whyNot(trigger: Trigger): string | undefined {
  if (trigger === 'hugepages') {
    const enabled = readText(THP_ENABLED);
    if (enabled === undefined) return 'this kernel has no transparent huge pages';
    return enabled.includes('[never]') ? `${THP_ENABLED} is set to never` : undefined;
  }
  if (readText('/proc/vmstat')?.includes('compact_stall') !== true) return 'this kernel has no compaction';
  try {
    accessSync(COMPACT_MEMORY, constants.W_OK);
    return undefined;
  } catch {
    return `${COMPACT_MEMORY} is writable only by root`;
  }
}

/** The first trigger that this host permits. @throws MigrationError EPERM with the reason for each. */
export function chooseTrigger(wanted: Trigger | undefined): Trigger {
  const candidates = wanted === undefined ? TRIGGERS : [wanted];
  const reasons: string[] = [];
  for (const trigger of candidates) {
    const reason = whyNot(trigger);
    if (reason === undefined) return trigger;
    reasons.push(`${trigger}: ${reason}`);
  }
  throw new MigrationError('EPERM', `compaction cannot be triggered on this host (${reasons.join('; ')})`, {
    operation: 'bench compaction',
    advice: 'Run as root, or set transparent huge pages to madvise.',
  });
}

/** Makes the kernel compact, and returns when it has. Trigger `hugepages` requests `bytes` of huge pages, and returns them. */
export function compact(trigger: Trigger, bytes: number): void {
  if (trigger === 'sysctl') {
    writeFileSync(COMPACT_MEMORY, '1');
    return;
  }
  const mapping = reserve(bytes);
  try {
    advise(mapping.address, bytes, MADV_HUGEPAGE);
    advise(mapping.address, bytes, MADV_POPULATE_WRITE);
  } finally {
    advise(mapping.address, bytes, MADV_DONTNEED);
    mapping.unmap();
  }
}
