import assert from 'node:assert/strict';
import { openFerryWith } from '../../../src/ferry/open-ferry.js';
import { type CopyMode, type MigrationError, type MigratorOption, openFerry } from '../../../src/index.js';
import { countersAdded, fillCounters } from './content.js';
import { Crew } from './crew.js';
import { type Failure, failingMachine } from './failing-machine.js';
import { failingTables, type TableFailure } from './failing-tables.js';
import { assertAllMoved, MIB, refusal } from './fixture.js';

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

/** Migrations after which the failure should have come. */
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
  }: {
    readonly migrator?: MigratorOption;
    readonly copyMode?: CopyMode;
    readonly tables?: boolean;
  },
): Promise<MigrationError> {
  const memory = new SharedArrayBuffer(16 * MIB);
  fillCounters(memory);
  const ferry = await openFerryWith({ batchBytes: batchPages * 4096 }, { wrapMachine });
  if (tables) await ferry.parameters.set('module/pageferry/parameters/page_tables', 'always');
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  if (migrator !== undefined) await ferry.registerMigrator(migrator);
  const region = ferry.adopt(memory);
  const crew = await Crew.start(memory, [{ kind: 'write' }, { kind: 'write' }, { kind: 'read' }]);
  let death: MigrationError | undefined;
  for (let i = 0; i < MIGRATIONS && death === undefined; i++) {
    await region.migrate({ to: 1 - (i % 2), copyMode }).catch((error: MigrationError) => {
      death = error;
    });
  }
  assert.ok(death !== undefined, 'it has not failed');
  assert.equal(death.code, 'EIO', death.stack);
  await crew.allGoOn();

  // It has closed itself, and says why.
  // The warning is of the ferry, the error of the call.
  assert.equal((await warned).message.replace(/^ferry: /, 'migrate: '), death.message);
  const dead = refusal('EIO');
  assert.throws(() => ferry.adopt(new SharedArrayBuffer(MIB)), dead);
  await assert.rejects(region.migrate({ to: 1 }), dead);
  await assert.rejects(ferry.registerMigrator({ name: 'cpu' }), dead);
  await region.release();
  await ferry.close();

  // The memory is ordinary memory.
  const next = await openFerry();
  try {
    const again = next.adopt(memory);
    for (const to of [1, 0]) assertAllMoved(again, await again.migrate({ to }));
    await crew.allGoOn();
  } finally {
    const [first, second] = await crew.stop();
    assert.equal(countersAdded(memory), first! + second!);
    await next.close();
  }
  return death;
}
