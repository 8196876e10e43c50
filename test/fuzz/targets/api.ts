import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, describeThrown } from '../../../src/common/describe-value.js';
import { fillFerryOptions } from '../../../src/ferry/options.js';
import { type Ferry, type FerryOptions, MigrationError, openFerry, type Region } from '../../../src/index.js';
import { serveParameters } from '../../../src/parameters.js';
import { assertContent, fill } from '../../ferry/support/content.js';
import { typed, typedAsync } from '../support/expect.js';
import { good, hostile, listOf, optionsWith, type Recipe } from '../support/hostile.js';
import { anyProperty, type FuzzTarget, type OpenTarget, target } from '../support/target.js';

const BYTES = 256 * 1024;
/** No call may take memory in earnest: a size that is accepted is small. */
const MAX_BYTES = 2 ** 22;

interface Live {
  readonly ferry: Ferry;
  readonly region: Region;
}

/** Given as `any` would be: what JavaScript passes where TypeScript would not let it. */
type Given = readonly never[];

/** A target with a ferry. What is refused has moved nothing, and whatever happens, the memory is as it was. */
function onFerry(
  name: string,
  runs: number,
  recipes: readonly fc.Arbitrary<Recipe>[],
  use: (live: Live, ...given: Given) => unknown,
): FuzzTarget {
  const open = async (): Promise<OpenTarget> => {
    const ferry = await openFerry({ poolBytes: 0 });
    const buffer = new SharedArrayBuffer(BYTES);
    fill(buffer);
    const live = { ferry, region: ferry.adopt(buffer) };
    const property = fc.asyncProperty(fc.tuple(...recipes), async (all) => {
      const { batches } = ferry.stats();
      const done = await typedAsync(async () => use(live, ...(all.map(({ make }) => make()) as never[])));
      if (done instanceof MigrationError) assert.equal(ferry.stats().batches, batches, done.message);
      assertContent(buffer);
    });
    return { property: anyProperty(property), close: () => ferry.close() };
  };
  return { name, runs, open };
}

const tooMuch = (bytes: unknown): boolean =>
  typeof bytes === 'number' && bytes > MAX_BYTES && bytes <= 2 ** 46;

const NODE = { id: 0, numaNode: 0, capacityBytes: 2 ** 30 };
const ferryOptions = optionsWith({
  nodes: [NODE, { ...NODE, id: 1 }],
  batchBytes: 8 * 4096,
  poolBytes: 0,
  reasonMask: ['syscall'],
  copy: 'checked',
});
const nodes = listOf(fc.oneof(optionsWith(NODE), good(NODE)));

const migrateOptions = optionsWith({
  to: 1,
  reason: 'demotion',
  mode: 'async',
  offset: 4096,
  length: 8192,
  batchBytes: 8 * 4096,
  gaps: 'move',
  signal: new AbortController().signal,
  onProgress: () => undefined,
});
const adoptOptions = optionsWith({ folioSize: 65536, node: 0, name: 'x' });
const migrator = fc.oneof(
  optionsWith({ name: 'cpu' }),
  optionsWith({ name: 'mtcopy', threads: 2 }),
  optionsWith({ name: 'dcbm', channels: 1, device: 'soft' }),
  optionsWith({ name: 'error', inner: { name: 'cpu' }, failBatch: 3, delay: 5, delayMs: 1 }),
  optionsWith({ module: 'data:text/javascript,export const nothing = 1;', options: {} }),
);
const offsets = fc.oneof(hostile, listOf(fc.oneof(hostile, good(0, 4096, 8192))));
const targets = fc.oneof(hostile, listOf(fc.oneof(hostile, good(0, 1))), good(null, [1], [0, 1]));

function checkFilled(options: unknown): void {
  const filled = typed(() => fillFerryOptions(options as FerryOptions));
  if (filled instanceof MigrationError) return;
  assert.ok(filled.nodes.length >= 1 && filled.nodes.length <= 127);
  for (const { id, numaNode } of filled.nodes) assert.ok(Number.isInteger(id) && Number.isInteger(numaNode));
  assert.ok(
    Number.isInteger(filled.reasonMask) && filled.batchBytes >= 4096 && filled.batchBytes % 4096 === 0,
  );
}

function checkDescribed(value: unknown): void {
  const text = describe(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a message is one line
  assert.doesNotMatch(text, /[\u0000-\u001f]/);
  assert.ok(text.length < 600);
  assert.equal(typeof describeThrown(value), 'string');
}

export const API_TARGETS: readonly FuzzTarget[] = [
  target(
    'a value in a message',
    500,
    anyProperty(fc.property(hostile, ({ make }) => checkDescribed(make()))),
  ),
  target(
    'options of openFerry',
    300,
    anyProperty(
      fc.property(ferryOptions, nodes, (options, list) => {
        checkFilled(options.make());
        checkFilled({ nodes: list.make() });
      }),
    ),
  ),
  onFerry('options of migrate', 150, [migrateOptions], ({ region }, options) => region.migrate(options)),
  onFerry('what is adopted', 200, [hostile, adoptOptions], ({ ferry }, buffer, options) =>
    ferry.adopt(buffer, options).release(),
  ),
  onFerry('how it is adopted', 100, [adoptOptions], ({ ferry }, options) =>
    ferry.adopt(new SharedArrayBuffer(65536), options).release(),
  ),
  onFerry('what is allocated', 100, [hostile, adoptOptions], ({ ferry }, bytes, options) =>
    tooMuch(bytes) ? undefined : ferry.allocate(bytes, options).release(),
  ),
  onFerry(
    'lists of movePages',
    200,
    [offsets, targets, optionsWith({ moveAll: true, batchBytes: 4 * 4096 })],
    ({ region }, where, to, options) => region.movePages(where, to, options),
  ),
  onFerry(
    'options of prefill',
    100,
    [optionsWith({ node: 0, bytes: MAX_BYTES, folioSize: 4096 })],
    ({ ferry }, options) => ferry.prefill(options),
  ),
  onFerry('a migrator', 100, [migrator, hostile], async ({ ferry }, option, name) => {
    await typedAsync(() => ferry.unregisterMigrator(name));
    await ferry.unregisterMigrator(await ferry.registerMigrator(option));
  }),
  onFerry(
    'parameters from within',
    200,
    [hostile, hostile, good('nr_dma_chan', 'reason_mask', 'offloading')],
    async ({ ferry }, path, value, known) => {
      const { parameters } = ferry;
      typed(() => parameters.get(path));
      typed(() => parameters.watch(path, value));
      await typedAsync(() => parameters.set(path, value));
      await parameters.set(`module/dcbm/parameters/${known}`, value);
      if (ferry.activeMigrator !== undefined) await ferry.unregisterMigrator(ferry.activeMigrator);
    },
  ),
  onFerry('where to listen', 50, [hostile], ({ ferry }, path) =>
    // A text would be the path of a socket.
    typeof path === 'string' ? undefined : serveParameters(ferry, path),
  ),
];
