import type { Random } from '../../../src/common/random.js';
import type { HeatOptions, WatchedHeat } from '../../../src/ferry/heat.js';
import { MigrationError, type Region } from '../../../src/index.js';
import { assertContent, fill } from '../../ferry/support/content.js';
import type { WatchSource } from '../protocol.js';
import type { Actor } from '../stage.js';
import { between, oneIn, pick } from '../streams.js';

const PAGE = 4096;
const OWN_BYTES = 6 * 2 ** 20;

interface Watching {
  /** Of the regions that there are, counted around. Undefined: memory of its own, which rests for most of the time. */
  readonly region: number | undefined;
  /** Content of its own memory, and when it migrates. */
  readonly content: number;
  readonly migrateAfter: number;
  readonly options: Required<
    Pick<HeatOptions, 'intervalMs' | 'unitBytes' | 'minUnitBytes' | 'cpuShare' | 'stallShare'>
  >;
  /** Results after which it watches another region, if this one is not released before. */
  readonly results: number;
  readonly rest: number;
}

/**
 * Watches one region after the other by an access source, whatever is done to it meanwhile. Those of others move nearly all
 * the time, and `referenced` sees nothing then. So every other region is its own.
 */
export async function watch(actor: Actor, source: WatchSource): Promise<void> {
  const { stage, random } = actor;
  /** What each watch has cost so far, by region and options: a later one goes on where it has stopped. */
  const known = new WeakMap<Region, Map<string, WatchedHeat['cost']>>();
  while (!stage.stopped()) {
    const plan = planWatching(random);
    actor.decided(plan);
    const { regions } = stage.ferry;
    const region = plan.region === undefined ? undefined : regions[plan.region % regions.length];
    if (plan.region === undefined || region !== undefined) {
      try {
        if (region === undefined) await watchOwn(actor, source, plan, known);
        else await watchRegion(actor, source, region, plan, known);
      } catch (error) {
        // The host does not have it.
        if (!(error instanceof MigrationError) || error.code !== 'EOPNOTSUPP') throw error;
        stage.count(`watches that the host does not have: ${source}`);
        return;
      }
    }
    await actor.pause(plan.rest);
  }
}

function planWatching(random: Random): Watching {
  return {
    region: oneIn(random, 2) ? random(1000) : undefined,
    content: random(1000),
    migrateAfter: random(300),
    options: {
      intervalMs: between(random, 10, 100),
      unitBytes: PAGE << random(12),
      minUnitBytes: pick(random, [PAGE, 8 * PAGE, 64 * PAGE, 512 * PAGE, 512 * PAGE]),
      // Far more than a program would spend.
      cpuShare: pick(random, [0.01, 0.1]),
      stallShare: pick(random, [0.01, 0.1, 0.5]),
    },
    results: between(random, 1, 8),
    rest: random(100),
  };
}

async function watchOwn(
  actor: Actor,
  source: WatchSource,
  plan: Watching,
  known: WeakMap<Region, Map<string, WatchedHeat['cost']>>,
): Promise<void> {
  const { ferry, count } = actor.stage;
  const { content, migrateAfter } = plan;
  const memory = new SharedArrayBuffer(OWN_BYTES);
  fill(memory, content);
  const region = ferry.adopt(memory);
  const moving = actor.pause(migrateAfter).then(() => region.migrate({ to: 1, mode: 'sync_light' }));
  await Promise.all([watchRegion(actor, source, region, plan, known), moving]);
  assertContent(memory, content);
  await region.release();
  assertContent(memory, content);
  count(`own memory watched by ${source}`);
}

async function watchRegion(
  actor: Actor,
  source: WatchSource,
  region: Region,
  { options, results }: Watching,
  known: WeakMap<Region, Map<string, WatchedHeat['cost']>>,
): Promise<void> {
  const { stage } = actor;
  const costs = known.get(region) ?? new Map<string, WatchedHeat['cost']>();
  known.set(region, costs);
  const { intervalMs: _, unitBytes: __, ...shared } = options;
  const key = JSON.stringify(shared);
  let count = 0;
  for await (const { snapshot, cost } of region.heat({ ...options, source })) {
    const before = costs.get(key) ?? { units: 0, touched: 0 };
    costs.set(key, cost);
    actor.beats++;
    stage.count(`results of ${source}`);
    stage.count(`units watched by ${source}`, cost.units - before.units);
    stage.count(`units seen in use by ${source}`, cost.touched - before.touched);
    const { rate, known: parts, unitBytes } = snapshot;
    const units = Math.ceil(region.migratableBytes / unitBytes);
    if (rate.length !== units) throw new Error(`${rate.length} units of ${unitBytes} bytes, not ${units}`);
    for (const [unit, part] of parts.entries()) {
      const unknown = Number.isNaN(rate[unit]!);
      if (!(part >= 0 && part <= 1) || unknown !== (part === 0) || rate[unit]! < 0) {
        throw new Error(`unit ${unit}: ${rate[unit]} accesses a second to ${part} of it`);
      }
    }
    if (++count === results || stage.stopped()) return;
  }
  stage.count('watches that a release has ended');
}
