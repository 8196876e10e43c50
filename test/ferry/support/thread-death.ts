import assert from 'node:assert/strict';
import { openFerryWith } from '../../../src/ferry/open-ferry.js';
import { type CopyMode, type MigrationError, type MigratorOption, openFerry } from '../../../src/index.js';
import { countersAdded, fillCounters } from './content.js';
import { Crew } from './crew.js';
import { type Failure, failingMachine } from './failing-machine.js';
import { failingTables, type TableFailure } from './failing-tables.js';
import { assertAllMoved, MIB, refusal } from './fixture.js';
import { isMarked, type WatchSource, watchFor } from './watching.js';

/** Each phase of a batch, and what comes before and after; the third call, so that something has moved already. */
export const PHASES: readonly (readonly [Failure['call'], Failure['when']])[] = [
  ['begin', 'after'],
  ['isolateRun', 'after'],
  ['takeDestinationRun', 'after'],
  ['unmap', 'before'],
  ['unmap', 'after'],
  ['copyFrames', 'before'],
  ['copyFrames', 'after'],
  ['map', 'before'],
  ['map', 'after'],
  ['trimExcess', 'before'],
  ['resolveHoles', 'before'],
  ['end', 'after'],
];

/** The same of a write-protected migration, where it is another. */
export const PROTECTED_PHASES: readonly (readonly [Failure['call'], Failure['when']])[] = [
  ['protect', 'before'],
  ['protect', 'after'],
  ['copyFrames', 'after'],
  ['beginCutover', 'before'],
  ['beginCutover', 'after'],
  ['verifyProtection', 'after'],
  ['unmap', 'before'],
  ['unmap', 'after'],
  ['map', 'before'],
  ['map', 'after'],
];

/** Each phase of a watch by a source, and the calls before the third watch. */
export const WATCH_PHASES: readonly (readonly [WatchSource, Failure['call'], Failure['when'], number])[] = [
  ['hint', 'begin', 'after', 3],
  ['hint', 'isolate', 'after', 3],
  ['hint', 'unmap', 'before', 3],
  ['hint', 'unmap', 'after', 3],
  ['hint', 'programNs', 'after', 9],
  ['hint', 'awaitTouch', 'before', 5],
  ['hint', 'awaitTouch', 'after', 5],
  ['hint', 'takeTouches', 'before', 5],
  ['hint', 'takeTouches', 'after', 5],
  ['hint', 'undo', 'before', 5],
  ['hint', 'undo', 'after', 5],
  ['hint', 'putback', 'after', 5],
  ['hint', 'resolveHoles', 'before', 3],
  ['hint', 'end', 'before', 3],
  ['hint', 'end', 'after', 3],
  ['referenced', 'arm', 'before', 3],
  // The mappings are cut, and the marks are not cleared yet. The probe opens each file, too.
  ['referenced', 'clearRefs', 'before', 3],
  ['referenced', 'clearRefs', 'after', 3],
  ['referenced', 'arm', 'after', 3],
  ['referenced', 'collect', 'before', 3],
  ['referenced', 'smaps', 'before', 3],
  ['referenced', 'smaps', 'after', 3],
  ['referenced', 'collect', 'after', 3],
  ['written', 'arm', 'before', 3],
  ['written', 'arm', 'after', 3],
  ['written', 'collect', 'before', 3],
  ['written', 'collect', 'after', 3],
];

/** Migrations, or results of a watch, after which the failure should have come. */
const MIGRATIONS = 40;

/**
 * Migrates memory to and fro, with threads that add to it and read it, until the migration thread fails as told. Then
 * the threads go on, no addition is lost, the ferry says what happened, and another ferry can take the memory.
 */
export async function dieUnderLoad(
  failure: Failure,
  options: { readonly migrator?: MigratorOption; readonly copyMode?: CopyMode } = {},
): Promise<MigrationError> {
  return die(failingMachine(failure), 128, options);
}

/** The same while the memory is watched, and does not migrate. */
export async function dieWatching(failure: Failure, source: WatchSource): Promise<MigrationError> {
  const memory = new SharedArrayBuffer(16 * MIB);
  const death = await die(failingMachine(failure), 128, { memory, watch: source });
  assert.equal(isMarked(memory), false);
  return death;
}

/** The same, with whole page tables that move: 8 MiB and more in one batch. */
export async function dieMovingTables(failure: TableFailure, copyMode: CopyMode): Promise<MigrationError> {
  return die(failingTables(failure), 4096, { copyMode, tables: true });
}

async function die(
  wrapMachine: string,
  batchPages: number,
  {
    migrator,
    copyMode = 'exclusive',
    tables = false,
    memory = new SharedArrayBuffer(16 * MIB),
    watch,
  }: {
    readonly migrator?: MigratorOption;
    readonly copyMode?: CopyMode;
    readonly tables?: boolean;
    readonly memory?: SharedArrayBuffer;
    readonly watch?: WatchSource;
  },
): Promise<MigrationError> {
  fillCounters(memory);
  const ferry = await openFerryWith({ batchBytes: batchPages * 4096 }, { wrapMachine });
  if (tables) await ferry.parameters.set('module/pageferry/parameters/page_tables', 'always');
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  if (migrator !== undefined) await ferry.registerMigrator(migrator);
  const region = ferry.adopt(memory);
  const crew = await Crew.start(memory, [{ kind: 'write' }, { kind: 'write' }, { kind: 'read' }]);
  let death: MigrationError | undefined;
  const died = (error: MigrationError): void => {
    death = error;
  };
  if (watch !== undefined) await watchFor(region, watch, MIGRATIONS).catch(died);
  for (let i = 0; watch === undefined && i < MIGRATIONS && death === undefined; i++) {
    await region.migrate({ to: 1 - (i % 2), copyMode }).catch(died);
  }
  assert.ok(death !== undefined, 'it has not failed');
  assert.equal(death.code, 'EIO', death.stack);
  await crew.allGoOn();

  // It has closed itself, and says why.
  // The warning is of the ferry, the error of the call.
  const call = watch === undefined ? 'migrate' : 'heat';
  assert.equal((await warned).message.replace(/^ferry: /, `${call}: `), death.message);
  const dead = refusal('EIO');
  assert.throws(() => ferry.adopt(new SharedArrayBuffer(MIB)), dead);
  await assert.rejects(region.migrate({ to: 1 }), dead);
  assert.throws(() => region.heat(), dead);
  await assert.rejects(ferry.registerMigrator({ name: 'cpu' }), dead);
  await region.release();
  await ferry.close();

  // The memory is ordinary memory.
  const next = await openFerry();
  try {
    const again = next.adopt(memory);
    if (watch !== undefined) await watchFor(again, watch, 1);
    for (const to of [1, 0]) assertAllMoved(again, await again.migrate({ to }));
    await crew.allGoOn();
  } finally {
    const [first, second] = await crew.stop();
    assert.equal(countersAdded(memory), first! + second!);
    await next.close();
  }
  return death;
}
