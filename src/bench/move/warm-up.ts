import type { Ferry } from '../../ferry/ferry.js';
import { measureRun } from './measured-run.js';
import type { Mover } from './mover.js';
import type { RowSpec } from './row-spec.js';

/** The first few hundred batches of anything are slow: code is compiled, pools are filled. */
export const WARM_BATCHES = 1000;
/** Where nothing moves, batches do not get more. */
const MAX_TRIPS = 500;
/** The kernel has no batches of ours to count, and no code that is compiled on the way. */
const KERNEL_TRIPS = 2;

/** Migrates there and back until `batches` have been moved, once at least. */
export async function warmUp(ferry: Ferry, mover: Mover, spec: RowSpec, batches: number): Promise<void> {
  const [here, there] = ferry.nodeIds as [number, number];
  let done = 0;
  const max = spec.migrator === 'kernel' ? KERNEL_TRIPS : MAX_TRIPS;
  for (let trip = 0; trip < max && (trip === 0 || done < batches); trip++) {
    for (const to of [there, here]) {
      await mover.prepare();
      done += (await measureRun(ferry, mover, to, spec)).batches;
      await mover.afterRun?.(to, spec);
    }
  }
}
