import { ERRNO } from '../../common/errno.js';
import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import { systemError } from '../../common/system-error.js';
import type { Ferry } from '../../ferry/ferry.js';
import type { MigrateOptions } from '../../ferry/migrate-options.js';
import { openFerry } from '../../ferry/open-ferry.js';
import { advise, MADV_COLLAPSE, MADV_HUGEPAGE, MADV_POPULATE_WRITE, reserve } from '../../linux/sys/mman.js';
import { AlignedMemory } from '../harness/aligned-memory.js';
import { POOL_SLACK } from '../harness/host.js';
import { migratorOption } from '../move/row-spec.js';
import { withMigrator } from '../move/with-migrator.js';
import type { AccessRun } from './access-figures.js';
import type { AccessSpec } from './access-spec.js';
import { AccessMeter } from './access-times.js';
import { damagedWords, fillChase } from './chase-memory.js';
import type { AccessOptions } from './options.js';

/** How long it took, and what did not go. */
interface Promotion {
  readonly durationNs: number;
  readonly foliosFailed: number;
}

/**
 * One run: a buffer of small pages is accessed, brought onto huge pages, accessed again, and checked.
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
    memory.allowHuge(false);
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

/** Migrates it to huge pages of the node that it is on. */
async function promote(
  ferry: Ferry,
  memory: AlignedMemory,
  { copy }: Extract<AccessSpec, { how: 'promote' }>,
  { copyMode }: AccessOptions,
): Promise<Promotion> {
  const to = ferry.nodeIds[0]!;
  const migration: MigrateOptions = { to, ...memory.range, copyMode, hugePages: 'promote' };
  return withMigrator(ferry, migratorOption(copy, 'soft'), () => memory.region.migrate(migration));
}

/** What madvise(2) means by its errors here. */
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
  // EAGAIN: some of it could not be had, which the bytes on huge pages show.
  if (result === 0 || result === -ERRNO.EAGAIN) return { durationNs, foliosFailed: 0 };
  const advice = COLLAPSE_ADVICE[-result];
  throw systemError(-result, 'MADV_COLLAPSE failed', {
    operation: 'bench access',
    ...(advice === undefined ? {} : { advice }),
  });
}

/** Fills the pool with huge pages. Returns how long that took, in ns. */
async function prefill(ferry: Ferry, bytes: number): Promise<number> {
  const started = performance.now();
  await ferry.prefill({ node: ferry.nodeIds[0]!, bytes: bytes + PMD_SIZE, folioSize: PMD_SIZE });
  return (performance.now() - started) * 1e6;
}

/** Has the kernel own huge pages that were in use a moment ago: in a virtual machine the host has those already. */
function warmKernel(bytes: number): void {
  const mapping = reserve(bytes);
  advise(mapping.address, bytes, MADV_HUGEPAGE);
  advise(mapping.address, bytes, MADV_POPULATE_WRITE);
  mapping.unmap();
}
