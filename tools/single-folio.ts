/**
 * What offload costs where it cannot pay: one folio per batch, `npm run single`. Each migrator's runs are compared with
 * runs without one just before; medians of all rounds.
 */

import { formatSize } from '../src/common/size.js';
import { gigabytesPerSecond, summarize } from '../src/common/summary.js';
import { type MigratorOption, openFerry } from '../src/index.js';

const ROUNDS = 11;
const MIB = 2 ** 20;
const CELLS = [
  { folioSize: 4096, bytes: 64 * MIB },
  { folioSize: 65536, bytes: 256 * MIB },
  { folioSize: 262144, bytes: 256 * MIB },
  { folioSize: 2 * MIB, bytes: 256 * MIB },
];
const MIGRATORS: readonly (MigratorOption & { readonly name: string })[] = [
  { name: 'cpu' },
  { name: 'mtcopy', threads: 2 },
  { name: 'dcbm', channels: 1 },
];

console.log(`one folio per batch, ${ROUNDS} rounds, GB/s, and of baseline round by round: medians`);
for (const { folioSize, bytes } of CELLS) {
  const ferry = await openFerry({ poolBytes: 2 * bytes });
  const buffer = new SharedArrayBuffer(bytes);
  new Uint8Array(buffer).fill(7);
  const region = ferry.adopt(buffer, { folioSize });
  let target = 1;
  const there = async (): Promise<number> => {
    const to = ferry.nodes[target]!.id;
    target = 1 - target;
    const result = await region.migrate({ to, batchBytes: folioSize });
    return gigabytesPerSecond(result.bytesMoved, result.durationNs);
  };
  const thereAndBack = async (): Promise<number> => ((await there()) + (await there())) / 2;
  await thereAndBack();
  await thereAndBack();
  const base: number[] = [];
  const rows = MIGRATORS.map((option) => ({ option, speeds: [] as number[], ratios: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) {
    const plain = await thereAndBack();
    base.push(plain);
    for (const { option, speeds, ratios } of rows) {
      await ferry.registerMigrator(option);
      await thereAndBack();
      const speed = await thereAndBack();
      await ferry.unregisterMigrator(option.name);
      speeds.push(speed);
      ratios.push(speed / plain);
    }
  }
  const cells = rows.map(({ option, speeds, ratios }) => {
    const ratio = summarize(ratios).median.toFixed(2);
    return `${option.name} ${summarize(speeds).median.toFixed(2)} (× ${ratio})`;
  });
  console.log(
    `${formatSize(folioSize).padStart(4)}  baseline ${summarize(base).median.toFixed(2)}  ${cells.join('  ')}`,
  );
  await ferry.close();
}
