import assert from 'node:assert/strict';
import { openFerryWith } from '../../../src/ferry/open-ferry.js';
import type { Ferry } from '../../../src/index.js';
import { assertContent, fill } from './content.js';
import { failingMachine } from './failing-machine.js';
import { MIB } from './fixture.js';
import { tune } from './parameters.js';

/** What this process is warned of while `run` runs, and until what it has caused was told. */
export async function warnings(run: () => Promise<void>): Promise<string[]> {
  const codes: string[] = [];
  const listener = (warning: Error & { code?: string }): void =>
    void codes.push(warning.code ?? warning.name);
  process.on('warning', listener);
  await run();
  // Warnings are told in a later tick.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listener);
  return codes.filter((code) => code !== 'PAGEFERRY_USER_MODE_ONLY');
}

/** Has the migration thread of a new ferry end. `look` is called before. */
export async function fail(look: (ferry: Ferry) => void = () => undefined): Promise<Ferry> {
  const wrapMachine = failingMachine({ call: 'unmap', when: 'after', nth: 1, how: 'exit' });
  const ferry = await openFerryWith({}, { wrapMachine });
  look(ferry);
  const buffer = new SharedArrayBuffer(4 * MIB);
  fill(buffer);
  await assert.rejects(ferry.adopt(buffer).migrate({ to: 1 }), { code: 'EIO' });
  assertContent(buffer);
  return ferry;
}

/** Registers a migrator that always fails, and migrates until it is unregistered. */
export async function eject(ferry: Ferry): Promise<void> {
  await tune(ferry, { max_failures: 2 });
  await ferry.registerMigrator({ name: 'error', failBatch: 1 });
  const region = ferry.allocate(8 * MIB);
  fill(region.buffer);
  for (let to = 1; ferry.activeMigrator !== undefined; to = 1 - to) {
    await region.migrate({ to, batchBytes: 512 * 1024 });
  }
  assertContent(region.buffer);
}
