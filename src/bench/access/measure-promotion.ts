import { ERRNO } from '../../common/errno.js';
import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import { systemError } from '../../common/system-error.js';
import type { Ferry } from '../../ferry/ferry.js';
import type { MigrateOptions } from '../../ferry/migrate-options.js';
import { openFerry } from '../../ferry/open-ferry.js';
import { advise, MADV_COLLAPSE, MADV_HUGEPAGE, MADV_POPULATE_WRITE, reserve } from '../../linux/sys/mman.js';
import { AlignedMemory } from '../harness/aligned-memory.js';
import { POOL_SLACK } from '../harness/host.js';
import { migratorOption, withMigrator } from '../move/row-spec.js';
import type { AccessRun } from './access-figures.js';
import { AccessMeter } from './access-times.js';
import { damagedWords, fillChase } from './chase.js';
import type { AccessOptions, AccessSpec } from './options.js';

interface Promotion {
  readonly durationNs: number;
  readonly foliosFailed: number;
}

/**
 * One run: accesses a buffer of small pages, brings it onto huge pages, accesses it again, and checks it.
 * @throws MigrationError when this host cannot.
 */
export async function measurePromotion(
  options: AccessOptions,
  spec: AccessSpec,
  links: Int32Array,
): Promise<AccessRun> {
  const { bytes, batchBytes, accesses, seed } = options;
  const ferry = await openFerry({
    batchBytes,
    poolBytes: spec.pages === 'prefilled' ? bytes + POOL_SLACK : POOL_SLACK,
  });
  const memory = new AlignedMemory(ferry, bytes, PAGE_SIZE, ferry.nodeIds[0]!);
  try {
    fillChase(memory.words, links, seed);
    const meter = new AccessMeter(memory.words);
    const hugeBytesBefore = memory.hugeBytes();
    const before = meter.measure(accesses);
    memory.allowHuge(true);
    const prefillNs = spec.pages === 'prefilled' ? await prefill(ferry, bytes) : 0;
    if (spec.pages === 'kernel') warmKernel(bytes);
    const { durationNs, foliosFailed } =
      spec.how === 'collapse' ? collapse(memory) : await promote(ferry, memory, spec, options);
    const hugeBytes = memory.hugeBytes();
    const after = meter.measure(accesses);
    return {
      before,
      after,
      durationNs,
      prefillNs,
      hugeBytesBefore,
      hugeBytes,
      foliosFailed,
      damagedWords: damagedWords(memory.words, links, seed),
    };
  } finally {
    await ferry.close();
    memory.discard();
  }
}

/** Migrates the memory to huge pages of its own node. */
async function promote(
  ferry: Ferry,
  memory: AlignedMemory,
  { copy }: Extract<AccessSpec, { how: 'promote' }>,
  { copyMode }: AccessOptions,
): Promise<Promotion> {
  const to = ferry.nodeIds[0]!;
  const migration: MigrateOptions = { to, ...memory.ranges[0]!, copyMode, hugePages: 'promote' };
  return withMigrator(ferry, migratorOption(copy, 'soft'), () => memory.region.migrate(migration));
}

/** Advice for the errors of madvise(2). */
const COLLAPSE_ADVICE: Readonly<Record<number, string>> = {
  [ERRNO.EINVAL]: 'Use Linux 6.1 or later, and set transparent huge pages to madvise or always.',
  [ERRNO.ENOMEM]: 'No huge page is free. Free some memory, or compact it.',
  [ERRNO.EBUSY]: 'The memory limit of the control group is reached. Raise it.',
};

/** The kernel's own way. @throws MigrationError with its errno, such as EINVAL before Linux 6.1 */
function collapse({ address, bytes }: AlignedMemory): Promotion {
  const started = performance.now();
  const result = advise(address, bytes, MADV_COLLAPSE);
  const durationNs = (performance.now() - started) * 1e6;
  // EAGAIN: the kernel collapsed a part of it. The bytes on huge pages show how much.
  if (result === 0 || result === -ERRNO.EAGAIN) return { durationNs, foliosFailed: 0 };
  const advice = COLLAPSE_ADVICE[-result];
  throw systemError(-result, 'MADV_COLLAPSE failed', {
    operation: 'bench access',
    ...(advice === undefined ? {} : { advice }),
  });
}

/** Fills the pool with huge pages. Returns the time that it took, in ns. */
async function prefill(ferry: Ferry, bytes: number): Promise<number> {
  const started = performance.now();
  await ferry.prefill({ node: ferry.nodeIds[0]!, bytes: bytes + PMD_SIZE, folioSize: PMD_SIZE });
  return (performance.now() - started) * 1e6;
}

/** Returns huge pages to the kernel that were in use a moment ago. The host of a virtual machine has those already. */
function warmKernel(bytes: number): void {
  const mapping = reserve(bytes);
  advise(mapping.address, bytes, MADV_HUGEPAGE);
  advise(mapping.address, bytes, MADV_POPULATE_WRITE);
  mapping.unmap();
}
