import { ERRNO } from '../../../src/common/errno.js';
import {
  type MigrateResult,
  MigrationAbortedError,
  MigrationError,
  type Region,
} from '../../../src/index.js';
import type { Arena } from '../arena.js';
import type { Actor } from '../stage.js';
import { planTenancy, type Step } from './migration-plan.js';

/** Why a folio may stay where it was: in use by others at the moment, or no room on its target. */
const EXPECTED = ['EBUSY', 'EAGAIN', 'ENOMEM'];
const EXPECTED_STATUS = [ERRNO.EBUSY, ERRNO.EAGAIN, ERRNO.ENOMEM, ERRNO.EACCES].map((errno) => -errno);

/** Time between two steps beside an autopilot. */
const PILOTED_MS = 200;

/** Adopts an arena, migrates it to and fro, and releases it, again and again. */
export async function move(actor: Actor, arena: Arena): Promise<void> {
  const { stage, random } = actor;
  const { ferry } = stage;
  while (!stage.stopped()) {
    const tenancy = planTenancy(random, arena.memory.byteLength);
    const { folioSize, node, steps, releaseInMidst } = tenancy;
    actor.decided({ folioSize, node, steps: steps.length, releaseInMidst });
    const region = ferry.adopt(arena.memory, { folioSize, node });
    stage.count('adopted');
    const absent = arena.content === 'given';
    const running: Promise<void>[] = [];
    for (const step of steps) {
      // The log has every step, done or not: where the torture ends is a matter of time.
      actor.decided(step);
      if (stage.stopped()) break;
      const done = perform(actor, region, step, absent).then(() => void actor.beats++);
      done.catch(() => undefined);
      running.push(done);
      if (step.do === 'movePages' || !step.overlap) await Promise.all(running.splice(0));
      // An autopilot waits for its turn.
      if (stage.piloted) await actor.pause(PILOTED_MS);
    }
    if (releaseInMidst) {
      running.push(perform(actor, region, { ...WHOLE, length: region.bytes }, absent));
      stage.count('released in mid-migration');
    }
    const released = region.release();
    await Promise.all(running);
    await released;
  }
}

const WHOLE = {
  do: 'migrate',
  to: 1,
  reason: 'syscall',
  mode: 'async',
  offset: 0,
  batchBytes: 128 * 4096,
  gaps: 'skip',
  copyMode: 'write-protected',
  hugePages: 'keep',
  abortAfter: undefined,
  overlap: true,
} as const;

/** @param absent Whether pages may be absent: their program gives them back. */
async function perform(actor: Actor, region: Region, step: Step, absent: boolean): Promise<void> {
  if (step.do === 'movePages') await movePages(actor, region, step, absent);
  else await migrate(actor, region, step, absent);
}

async function migrate(
  { stage }: Actor,
  region: Region,
  { do: _, abortAfter, overlap: __, ...options }: Extract<Step, { do: 'migrate' }>,
  absent: boolean,
): Promise<void> {
  const controller = new AbortController();
  const timer = abortAfter === undefined ? undefined : setTimeout(() => controller.abort(), abortAfter);
  try {
    check(stage.count, absent, await region.migrate({ ...options, signal: controller.signal }));
  } catch (error) {
    if (error instanceof MigrationAbortedError) {
      stage.count('aborted');
      check(stage.count, absent, error.result);
    } else if (error instanceof MigrationError && error.code === 'ECANCELED' && region.released) {
      stage.count('canceled');
    } else throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** @throws Error when folios stayed for a reason that nobody gave. */
function check(count: (what: string, amount?: number) => void, absent: boolean, result: MigrateResult): void {
  count('migrations');
  if (result.code !== null) count(`migrations stopped by ${result.code}`);
  // Every page of other arenas was written to.
  if (!absent && result.foliosAbsent > 0) throw new Error(`${result.foliosAbsent} folios have become absent`);
  for (const { offset, length, code } of result.failures) {
    // A large folio of which a page is absent; for other reasons it is split.
    const hole = absent && code === 'ENOENT';
    if (!hole && !EXPECTED.includes(code)) throw new Error(`${length} bytes at ${offset} failed: ${code}`);
    count(`pages left: ${code}`, length / 4096);
  }
}

async function movePages(
  { stage }: Actor,
  region: Region,
  { pages, to, moveAll }: Extract<Step, { do: 'movePages' }>,
  absent: boolean,
): Promise<void> {
  const [range] = region.migratable;
  const all = range!.length / 4096;
  const offsets = pages.map((page) => range!.offset + Math.min(page, all - 1) * 4096);
  const status = await region.movePages(offsets, to, { moveAll });
  stage.count('movePages');
  for (const [i, found] of status.entries()) {
    // Memory in swap counts as absent, too.
    if (found >= 0 || ((absent || stage.piloted) && found === -ERRNO.ENOENT)) continue;
    if (!EXPECTED_STATUS.includes(found)) throw new Error(`movePages: ${found} for byte ${offsets[i]}`);
    stage.count('pages left by movePages');
  }
}
