/**
 * What `openFerry({ audit: true })` costs: `npm run audit-cost`. Two ferries, one of them audited, move equal memory to
 * and fro by turns; from the request to its answer, medians of all rounds.
 */

import { POOL_SLACK } from '../src/bench/harness/host.js';
import { formatSize } from '../src/common/size.js';
import { gigabytesPerSecond, summarize } from '../src/common/summary.js';
import { type Ferry, openFerry, type Region } from '../src/index.js';

const ROUNDS = 21;
const MIB = 2 ** 20;
const CELLS = [
  { folioSize: 4096, bytes: MIB, migrator: undefined },
  { folioSize: 4096, bytes: 256 * MIB, migrator: undefined },
  { folioSize: 4096, bytes: 256 * MIB, migrator: 'dcbm' },
  { folioSize: 2 * MIB, bytes: 256 * MIB, migrator: 'dcbm' },
] as const;

interface Side {
  readonly ferry: Ferry;
  readonly region: Region;
  readonly ms: number[];
}

async function side(audit: boolean, { folioSize, bytes, migrator }: (typeof CELLS)[number]): Promise<Side> {
  const ferry = await openFerry({ audit, poolBytes: bytes + POOL_SLACK });
  if (migrator !== undefined) await ferry.registerMigrator({ name: migrator });
  const buffer = new SharedArrayBuffer(bytes);
  new Uint8Array(buffer).fill(7);
  return { ferry, region: ferry.adopt(buffer, { folioSize }), ms: [] };
}

async function round({ ferry, region, ms }: Side): Promise<void> {
  for (const to of [ferry.nodes[1]!.id, ferry.nodes[0]!.id]) {
    const started = performance.now();
    await region.migrate({ to });
    ms.push(performance.now() - started);
  }
}

console.log(`${ROUNDS} rounds to and fro, by turns: medians from request to answer`);
for (const cell of CELLS) {
  const sides = [await side(false, cell), await side(true, cell)] as const;
  // The first rounds fill the pools.
  for (let i = 0; i < 2; i++) for (const each of sides) await round(each);
  for (const { ms } of sides) ms.length = 0;
  const before = sides[1].ferry.stats().audits;
  for (let i = 0; i < ROUNDS; i++)
    for (const each of i % 2 === 0 ? sides : sides.toReversed()) await round(each);
  const audits = (sides[1].ferry.stats().audits - before) / (2 * ROUNDS);
  const [off, on] = sides.map(({ ms }) => summarize(ms).median) as [number, number];
  const speeds = [off, on].map((ms) => gigabytesPerSecond(cell.bytes, ms * 1e6).toFixed(2));
  console.log(
    `${formatSize(cell.bytes).padStart(4)} of ${formatSize(cell.folioSize)}, ${cell.migrator ?? 'no migrator'}: ` +
      `${off.toFixed(2)} ms (${speeds[0]} GB/s), audited ${on.toFixed(2)} ms (${speeds[1]} GB/s): ` +
      `+${(on - off).toFixed(2)} ms, × ${(on / off).toFixed(2)}; ${audits.toFixed(1)} audits each`,
  );
  for (const { ferry } of sides) await ferry.close();
}
