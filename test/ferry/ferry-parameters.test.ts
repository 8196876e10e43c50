import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ferryParameters } from '../../src/ferry/ferry-parameters.js';
import { ALL_REASONS, reasonBit } from '../../src/mm/reason.js';
import type { Setting } from '../../src/offload/settings.js';
import { FakeParameterHost } from './support/fake-parameter-host.js';

const DCBM = 'module/dcbm/parameters';
const MTCOPY = 'module/mtcopy/parameters';
const PAGEFERRY = 'module/pageferry/parameters';

function fresh() {
  const host = new FakeParameterHost();
  return { host, tree: ferryParameters(host) };
}

test('a ferry has these parameters', () => {
  const { tree } = fresh();
  assert.deepEqual(
    tree.list().map(({ path, value, writable }) => `${path} ${writable ? 'rw' : 'r'} ${value}`),
    [
      `${DCBM}/folios_failures rw 0`,
      `${DCBM}/folios_migrated rw 0`,
      `${DCBM}/nr_dma_chan rw 1`,
      `${DCBM}/offloading rw 0`,
      `${DCBM}/reason_mask rw all`,
      `${MTCOPY}/folios_failures rw 0`,
      `${MTCOPY}/folios_migrated rw 0`,
      `${MTCOPY}/offloading rw 0`,
      `${MTCOPY}/threads rw 4`,
      `${PAGEFERRY}/active_migrator r none`,
      `${PAGEFERRY}/batch_bytes r 2097152`,
      `${PAGEFERRY}/copy_timeout_ms rw 10000`,
      `${PAGEFERRY}/cutover_pages rw 512`,
      `${PAGEFERRY}/max_failures rw 100`,
      `${PAGEFERRY}/page_tables rw auto`,
      `${PAGEFERRY}/pipeline_depth rw 2`,
      `${PAGEFERRY}/reason_mask rw all`,
      `${PAGEFERRY}/verify_copies rw 0`,
    ],
  );
  for (const { description } of tree.list()) assert.match(description, /^\S.*\S$/);
});

const INTEGERS: readonly (readonly [path: string, setting: Setting, min: number, max: number])[] = [
  [`${DCBM}/nr_dma_chan`, 'nr_dma_chan', 1, 16],
  [`${MTCOPY}/threads`, 'mtcopy_threads', 1, 64],
  [`${PAGEFERRY}/pipeline_depth`, 'pipeline_depth', 1, 4],
  [`${PAGEFERRY}/cutover_pages`, 'cutover_pages', 1, 262_144],
  [`${PAGEFERRY}/copy_timeout_ms`, 'copy_timeout_ms', 1, 600_000],
  [`${PAGEFERRY}/max_failures`, 'max_failures', 1, 1_000_000],
];

for (const [path, setting, min, max] of INTEGERS) {
  test(`${path} takes ${min} to ${max}`, async () => {
    const { host, tree } = fresh();
    for (const [text, value] of [
      [String(max), max],
      [`0x${max.toString(16)}\n`, max],
      [`0${min}`, min],
      [min, min],
    ] as const) {
      await tree.set(path, text);
      assert.equal(host.settings.get(setting), value);
      assert.equal(tree.get(path), String(value));
    }
  });

  test(`${path} refuses anything else, and keeps its value`, async () => {
    const { host, tree } = fresh();
    const before = host.settings.get(setting);
    const wrong = [
      0,
      max + 1,
      'x',
      '-1',
      '',
      '1.5',
      1.5,
      '99999999999999999999',
      ' 1',
      '1 ',
      '1\n\n',
      true,
      Number.NaN,
    ];
    for (const value of wrong) {
      await assert.rejects(tree.set(path, value), { code: 'EINVAL' }, String(value));
      assert.equal(host.settings.get(setting), before);
      assert.equal(tree.get(path), String(before));
    }
    await assert.rejects(tree.set(path, max + 1), {
      argument: path,
      message: new RegExp(`${path}: must be an integer from ${min} to ${max}, not '${max + 1}'`),
    });
  });
}

for (const [name, option] of [
  ['dcbm', { name: 'dcbm', channels: 8 }],
  ['mtcopy', { name: 'mtcopy', threads: 8 }],
] as const) {
  const path = `module/${name}/parameters/offloading`;

  test(`offloading registers ${name} as wide as it is set, and unregisters it`, async () => {
    const { host, tree } = fresh();
    host.settings.set(name === 'dcbm' ? 'nr_dma_chan' : 'mtcopy_threads', 8);
    await tree.set(path, 'on\n');
    assert.deepEqual(host.registered, [option]);
    assert.equal(tree.get(path), '1');
    assert.equal(tree.get(`${PAGEFERRY}/active_migrator`), name);
    await tree.set(path, false);
    assert.equal(host.active, undefined);
    assert.equal(tree.get(path), '0');
    assert.equal(tree.get(`${PAGEFERRY}/active_migrator`), 'none');
  });

  test(`writing to the offloading of ${name} what it is already changes nothing`, async () => {
    const { host, tree } = fresh();
    await tree.set(path, 'n');
    await tree.set(path, '1');
    await tree.set(path, 'Yes');
    assert.equal(host.registered.length, 1);
    assert.equal(host.active, name);
  });

  test(`${name} is refused with the name of the migrator that is active`, async () => {
    const { host, tree } = fresh();
    host.active = 'cpu';
    await assert.rejects(tree.set(path, 1), { code: 'EBUSY', message: /'cpu'/ });
    assert.equal(tree.get(path), '0');
    await tree.set(path, 0);
    assert.equal(host.active, 'cpu');
  });

  test(`the offloading of ${name} refuses what is no switch`, async () => {
    const { host, tree } = fresh();
    for (const text of ['', '2', 'x', 'o', '-1']) {
      await assert.rejects(tree.set(path, text), { code: 'EINVAL', argument: path });
    }
    assert.deepEqual(host.registered, []);
  });

  test(`any write resets a counter of ${name}, and that one alone`, async () => {
    for (const which of ['folios_migrated', 'folios_failures'] as const) {
      const { host, tree } = fresh();
      for (const text of ['', '0', '17', 'x\n']) {
        host.counts.set(`${name} folios_migrated`, 2 ** 40);
        host.counts.set(`${name} folios_failures`, 2 ** 40);
        assert.equal(tree.get(`module/${name}/parameters/${which}`), '1099511627776');
        await tree.set(`module/${name}/parameters/${which}`, text);
        assert.equal(tree.get(`module/${name}/parameters/${which}`), '0');
        assert.equal(host.counts.size, 1);
      }
    }
  });
}

test('register and unregister that are written at once happen in that order', async () => {
  const { host, tree } = fresh();
  const path = `${DCBM}/offloading`;
  await Promise.all([
    tree.set(path, 1),
    tree.set(path, 0),
    tree.set(path, 1),
    tree.set(`${DCBM}/nr_dma_chan`, 4),
  ]);
  assert.deepEqual(host.registered, [
    { name: 'dcbm', channels: 1 },
    { name: 'dcbm', channels: 1 },
  ]);
  assert.equal(host.active, 'dcbm');
});

test('a hot swap is two writes', async () => {
  const { host, tree } = fresh();
  const heard: string[] = [];
  const stop = tree.watch(`${PAGEFERRY}/active_migrator`, (_, value) => heard.push(value));
  await tree.set(`${DCBM}/offloading`, 1);
  await tree.set(`${DCBM}/offloading`, 0);
  await tree.set(`${MTCOPY}/offloading`, 1);
  stop();
  assert.equal(host.active, 'mtcopy');
  assert.deepEqual(heard, ['dcbm', 'none', 'mtcopy']);
});

test('the reason mask is one setting with two names', async () => {
  const { host, tree } = fresh();
  await tree.set(`${DCBM}/reason_mask`, 'demotion,compaction');
  assert.equal(host.settings.get('reason_mask'), reasonBit('demotion') | reasonBit('compaction'));
  assert.equal(tree.get(`${PAGEFERRY}/reason_mask`), 'compaction,demotion');
  await tree.set(`${PAGEFERRY}/reason_mask`, 'all');
  assert.equal(tree.get(`${DCBM}/reason_mask`), 'all');
  for (const text of ['warp', '', '1024', true]) {
    await assert.rejects(tree.set(`${DCBM}/reason_mask`, text), {
      code: 'EINVAL',
      argument: `${DCBM}/reason_mask`,
    });
  }
  assert.equal(host.settings.get('reason_mask'), ALL_REASONS);
});

test('copies are verified while that is switched on', async () => {
  const { host, tree } = fresh();
  await tree.set(`${PAGEFERRY}/verify_copies`, true);
  assert.equal(host.settings.get('verify_copies'), 1);
  assert.equal(tree.get(`${PAGEFERRY}/verify_copies`), '1');
  await assert.rejects(tree.set(`${PAGEFERRY}/verify_copies`, 'maybe'), { code: 'EINVAL' });
  await tree.set(`${PAGEFERRY}/verify_copies`, 'off');
  assert.equal(host.settings.get('verify_copies'), 0);
});

test('what a ferry is opened with can only be read', async () => {
  const { tree } = fresh();
  for (const name of ['active_migrator', 'batch_bytes']) {
    await assert.rejects(tree.set(`${PAGEFERRY}/${name}`, 'cpu'), { code: 'EACCES' });
  }
});
