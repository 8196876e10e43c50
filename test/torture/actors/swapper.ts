import { type FerryStats, MigrationError, type MigratorOption } from '../../../src/index.js';
import { FALLBACK_CAUSES } from '../../../src/mm/fallback-cause.js';
import type { Actor } from '../stage.js';
import type { InjectorOptions } from './injector.js';
import { type Plan, planMigrator } from './migrator-plan.js';

const PAGEFERRY = 'module/pageferry/parameters';
const INJECTOR = new URL('./injector.js', import.meta.url);
// Neither is compiled.
const EXAMPLE = new URL('../../../../examples/own-migrator/my-migrator.mjs', import.meta.url);
const MISBEHAVES = new URL('../../../../test/ferry/fixtures/misbehaves.mjs', import.meta.url);

/** Faults that were counted where they were made, and what the engine counted meanwhile. */
export interface Audit {
  injected: number;
  counted: number;
  readonly differences: string[];
}

/** Exchanges the migrator, again and again. */
export async function swap(actor: Actor, audit: Audit): Promise<void> {
  const { stage, random } = actor;
  const { ferry } = stage;
  let leaving: Promise<void> = Promise.resolve();
  let liar = false;
  while (!stage.stopped()) {
    const plan = planMigrator(random);
    actor.decided(plan);
    const auditor = auditorOf(plan);
    // Copies of one that lies are verified to the last.
    if (liar || plan.lies || auditor !== undefined) await leaving;
    await ferry.parameters.set(`${PAGEFERRY}/verify_copies`, plan.lies || plan.verify);
    liar = plan.lies;
    const before = auditor === undefined ? undefined : await settledStats(actor);
    await register(actor, plan, auditor?.ledger);
    await actor.pause(plan.milliseconds);
    const left = leave(actor);
    left.catch(() => undefined);
    await leaving;
    leaving = left;
    if (!plan.overlap) await leaving;
    if (auditor === undefined || before === undefined) continue;
    await leaving;
    const made = auditor.injected(before, await settledStats(actor));
    if (made === undefined) continue;
    audit.injected += made.injected;
    audit.counted += made.counted;
    if (made.injected !== made.counted)
      audit.differences.push(`${JSON.stringify(plan)}: ${JSON.stringify(made)}`);
  }
  await leaving;
}

async function register(
  { stage }: Actor,
  { migrator }: Plan,
  ledger: SharedArrayBuffer | undefined,
): Promise<void> {
  const { ferry } = stage;
  if (migrator.kind === 'none') return;
  if (migrator.kind === 'parameter') {
    await ferry.parameters.set(`module/${migrator.name}/parameters/offloading`, true);
  } else {
    try {
      await ferry.registerMigrator(optionOf(migrator, ledger));
    } catch (error) {
      // On a host that is very busy a module is not loaded in 10 s (seen once, seed 5005). None is registered then.
      if (!(error instanceof MigrationError) || error.code !== 'ETIMEDOUT') throw error;
      stage.count('modules loaded too late');
      return;
    }
  }
  stage.count(`registered ${migrator.kind}`);
}

function optionOf(
  migrator: Exclude<Plan['migrator'], { kind: 'none' | 'parameter' }>,
  ledger: SharedArrayBuffer | undefined,
): MigratorOption {
  switch (migrator.kind) {
    case 'plain':
      return migrator.option;
    case 'error':
      return { name: 'error', inner: migrator.inner, ...migrator.faults };
    case 'example':
      return { module: EXAMPLE };
    case 'misbehaves':
      return { module: MISBEHAVES, options: { how: migrator.how } };
    case 'injector': {
      const { every, throws } = migrator;
      return { module: INJECTOR, options: { every, throws, ledger: ledger! } satisfies InjectorOptions };
    }
  }
}

/** Unregisters what there is; it may have been ejected at any moment. */
async function leave({ stage }: Actor): Promise<void> {
  const { activeMigrator } = stage.ferry;
  if (activeMigrator === undefined) return;
  try {
    await stage.ferry.unregisterMigrator(activeMigrator);
    stage.count('unregistered');
  } catch (error) {
    if (!(error instanceof MigrationError) || error.code !== 'EINVAL') throw error;
  }
}

interface Auditor {
  readonly ledger: SharedArrayBuffer;
  injected(
    before: FerryStats,
    after: FerryStats,
  ): { injected: number; counted: number; causes?: Record<string, number> } | undefined;
}

/** For migrators whose faults can be told exactly from outside. */
function auditorOf({ migrator }: Plan): Auditor | undefined {
  const ledger = new SharedArrayBuffer(4);
  if (migrator.kind === 'injector') {
    return {
      ledger,
      injected: (before, after) => {
        // A batch that was taken from it may have been ended by itself all the same.
        if (after.fallbacks_timed_out !== before.fallbacks_timed_out) return undefined;
        const causes = FALLBACK_CAUSES.map((cause): [string, number] => [
          cause,
          after[`fallbacks_${cause}`] - before[`fallbacks_${cause}`],
        ]);
        // A page that its program gives back while it is copied differs from its copy.
        const counted = causes.reduce(
          (sum, [cause, folios]) => sum + (cause === 'unverified' ? 0 : folios),
          0,
        );
        const injected = Atomics.load(new Int32Array(ledger), 0);
        return { injected, counted, causes: Object.fromEntries(causes) };
      },
    };
  }
  if (migrator.kind !== 'error' || migrator.inner.name !== 'cpu') return undefined;
  const { failFolio, ...others } = migrator.faults;
  if (failFolio === undefined || Object.keys(others).length > 0) return undefined;
  return {
    ledger,
    injected: (before, after) => {
      const counted = after.fallbacks - before.fallbacks;
      const given = after.offload_folios - before.offload_folios + counted;
      return { injected: Math.floor(given / failFolio), counted };
    },
  };
}

/**
 * The counters when every batch so far is counted. An ejection happens in the middle of a batch, so the ferry may have no
 * migrator before the batch is counted. The migration thread answers a request only between batches that are counted.
 */
async function settledStats({ stage: { ferry } }: Actor): Promise<FerryStats> {
  await ferry.prefill({ node: ferry.nodes[0]!.id, bytes: 0 });
  return ferry.stats();
}
