import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FerryOptions, openFerry } from '../../src/index.js';
import { LIMIT, refusal } from './support/fixture.js';

const NODE = { id: 0, numaNode: 0 };

const BAD: readonly (readonly [unknown, string, string])[] = [
  [null, 'EINVAL', 'options'],
  ['auto', 'EINVAL', 'options'],
  [{ batch: 1 }, 'EINVAL', 'options.batch'],
  [{ nodes: [] }, 'EINVAL', 'options.nodes'],
  [{ nodes: 'all' }, 'EINVAL', 'options.nodes'],
  [{ nodes: null }, 'EINVAL', 'options.nodes'],
  [{ nodes: NODE }, 'EINVAL', 'options.nodes'],
  [{ nodes: Array.from({ length: 128 }, (_, id) => ({ id, numaNode: 0 })) }, 'EINVAL', 'options.nodes'],
  [{ nodes: [null] }, 'EINVAL', 'options.nodes[0]'],
  [{ nodes: [{ numaNode: 0 }] }, 'EINVAL', 'options.nodes[0].id'],
  [{ nodes: [NODE, { id: 127, numaNode: 0 }] }, 'EINVAL', 'options.nodes[1].id'],
  [{ nodes: [NODE, NODE] }, 'EINVAL', 'options.nodes[1].id'],
  [{ nodes: [{ id: 0 }] }, 'EINVAL', 'options.nodes[0].numaNode'],
  [{ nodes: [{ id: 0, numaNode: 999 }] }, 'ENODEV', 'options.nodes[0].numaNode'],
  [{ nodes: [{ ...NODE, capacityBytes: 0 }] }, 'EINVAL', 'options.nodes[0].capacityBytes'],
  [{ nodes: [{ ...NODE, capacityBytes: '1G' }] }, 'EINVAL', 'options.nodes[0].capacityBytes'],
  [{ batchBytes: 0 }, 'EINVAL', 'options.batchBytes'],
  [{ batchBytes: 262145 * 4096 }, 'EINVAL', 'options.batchBytes'],
  [{ batchBytes: 512 }, 'EINVAL', 'options.batchBytes'],
  [{ batchBytes: 4097 }, 'EINVAL', 'options.batchBytes'],
  [{ batchBytes: '4096' }, 'EINVAL', 'options.batchBytes'],
  [{ poolBytes: -1 }, 'EINVAL', 'options.poolBytes'],
  [{ poolBytes: 2 ** 41 }, 'EINVAL', 'options.poolBytes'],
  [{ poolBytes: Number.NaN }, 'EINVAL', 'options.poolBytes'],
  [{ copy: 'slow' }, 'EINVAL', 'options.copy'],
  [{ copy: null }, 'EINVAL', 'options.copy'],
  [{ audit: 1 }, 'EINVAL', 'options.audit'],
  [{ audit: 'yes' }, 'EINVAL', 'options.audit'],
  [{ audit: null }, 'EINVAL', 'options.audit'],
  [{ reasonMask: 'some' }, 'EINVAL', 'options.reasonMask'],
  [{ reasonMask: ['syscall', 'fun'] }, 'EINVAL', 'options.reasonMask'],
  [{ reasonMask: 1.5 }, 'EINVAL', 'options.reasonMask'],
];

test('a bad option of openFerry is refused by name', LIMIT, async () => {
  for (const [options, code, argument] of BAD) {
    await assert.rejects(openFerry(options as FerryOptions), refusal(code, argument));
  }
});

test('the greatest and the least that openFerry allows work', LIMIT, async () => {
  const nodes = Array.from({ length: 127 }, (_, id) => ({ id, numaNode: 0, capacityBytes: 4096 }));
  for (const options of [
    { batchBytes: 4096, poolBytes: 0 },
    { batchBytes: 1024 * 2 ** 20, poolBytes: 0 },
    { nodes, batchBytes: 4096, poolBytes: 0 },
    { nodes: [NODE] },
  ]) {
    await (await openFerry(options)).close();
  }
});

test('many ferries can be open at once, without a warning', LIMIT, async () => {
  const warnings: string[] = [];
  const listen = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', listen);
  const ferries = await Promise.all(Array.from({ length: 12 }, () => openFerry({ poolBytes: 0 })));
  await Promise.all(ferries.map((ferry) => ferry.close()));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listen);
  assert.deepEqual(warnings, []);
});
