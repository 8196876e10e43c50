import type { Ferry } from '../../../src/index.js';
import { fill } from './content.js';
import { MIB } from './fixture.js';

export async function migrateOnce(ferry: Ferry): Promise<void> {
  const buffer = new SharedArrayBuffer(4 * MIB);
  fill(buffer);
  const region = ferry.adopt(buffer);
  await region.migrate({ to: 1 });
  await region.release();
}
