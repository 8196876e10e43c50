import type { Ferry } from '../../../src/index.js';
import { fill } from './content.js';
import { MIB } from './fixture.js';

export async function migrateAll(ferry: Ferry, megabytes = 8): Promise<void> {
  const buffer = new SharedArrayBuffer(megabytes * MIB);
  const region = ferry.adopt(buffer);
  fill(buffer);
  await region.migrate({ to: 1 });
  await region.release();
}
