import assert from 'node:assert/strict';
import type { AdoptableBuffer, Ferry, MigrateOptions } from '../../../src/index.js';
import { amount, sampled } from '../../deep.js';
import { countersAdded, fillCounters } from './content.js';
import { Crew } from './crew.js';
import { assertAllMoved } from './fixture.js';

/** The smallest and the largest in `npm test`. */
export const FOLIO_SIZES: readonly number[] = sampled([4096, 65536, 2097152], 2);

/**
 * Migrates a buffer to and fro while two threads add to counters all over it and a third reads it; then every
 * addition must be there.
 */
export async function migrateUnderLoad(
  ferry: Ferry,
  buffer: AdoptableBuffer,
  memory: SharedArrayBuffer,
  folioSize: number,
  rounds: number,
  options: Pick<MigrateOptions, 'copyMode' | 'hugePages' | 'batchBytes'> = {},
): Promise<void> {
  const region = ferry.adopt(buffer, { folioSize });
  fillCounters(memory);
  const crew = await Crew.start(memory, [{ kind: 'write' }, { kind: 'write' }, { kind: 'read' }]);
  try {
    for (let round = 0; round < amount(1, rounds); round++) {
      for (const to of [1, 0]) assertAllMoved(region, await region.migrate({ ...options, to }));
      await crew.allGoOn();
    }
  } finally {
    const [first, second] = await crew.stop();
    assert.equal(countersAdded(memory), first! + second!);
  }
  region.release();
}
