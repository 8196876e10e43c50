import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { benchArguments } from '../../src/cli/serve/bench-arguments.js';
import { renamedOption, renamedParameter, renamedValue } from '../../src/common/renamed.js';
import { planMigration } from '../../src/ferry/migrate-options.js';
import { movePagesRequest } from '../../src/ferry/move-pages-request.js';
import { fillFerryOptions } from '../../src/ferry/options.js';
import { RACES } from '../../src/sim/explore/races/races.js';
import { SCENARIOS } from '../../src/sim/explore/scenarios.js';
import { runCli } from './run-cli.js';

const LIMITS = { batchBytes: 2 ** 25 };
const NODES = [0, 1];

/** Advice and message of the error that `call` throws. */
function refusalOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return `${(error as Error).message} ${(error as { advice?: string }).advice}`;
  }
  return assert.fail(`not refused: ${String(call)}`);
}

const openFerry = (options: object): string => refusalOf(() => fillFerryOptions(options));
const migrate = (options: object): string =>
  refusalOf(() => planMigration({ to: 1, ...options }, 1, 2 ** 21, NODES, LIMITS));
const movePages = (options: object): string =>
  refusalOf(() =>
    movePagesRequest({ id: 1, pageIndexAt: () => 0 }, [], null, options, {
      nodeIds: NODES,
      batchBytes: LIMITS.batchBytes,
    }),
  );

function cli(args: string): string {
  const { status, stderr } = runCli(args.split(' '));
  assert.equal(status, 2, args);
  return stderr;
}

type Hint = (now: RegExp) => void;
const has =
  (...texts: readonly (() => string)[]): Hint =>
  (now) => {
    for (const text of texts) assert.match(text(), now, String(text));
  };
const value = (before: string, known: readonly string[]): Hint =>
  has(() => `${renamedValue(before, known) ?? assert.fail(before)}`);

/**
 * Each row of the table in CHANGELOG.md, with the new name as the refusal has it. A row without one has names that programs
 * read or call: pageferry never gets such a name, so it cannot refuse it.
 */
const ROWS: readonly (readonly [before: string, now?: RegExp, hint?: Hint])[] = [
  [
    '`maxBatchedMigration` (pages of 4 KiB), also of `Ferry` and `POST /api/migrations`',
    /Use batchBytes, in bytes/,
    has(
      () => openFerry({ maxBatchedMigration: 1 }),
      () => migrate({ maxBatchedMigration: 1 }),
      () => movePages({ maxBatchedMigration: 1 }),
    ),
  ],
  ['`poolWatermark` of `openFerry`', /Use poolBytes/, has(() => openFerry({ poolWatermark: 0 }))],
  [
    "`concurrency: 'exclusive'` or `'read-through'`",
    /copyMode: 'exclusive' or 'write-protected'|Use 'write-protected'/,
    has(
      () => migrate({ concurrency: 'exclusive' }),
      () => migrate({ copyMode: 'read-through' }),
    ),
  ],
  [
    "`granularity: 'exact'` or `'bridge'`",
    /gaps: 'skip' or 'move'|Use '(skip|move)'/,
    has(
      () => migrate({ granularity: 'exact' }),
      () => migrate({ gaps: 'exact' }),
      () => migrate({ gaps: 'bridge' }),
    ),
  ],
  ['`ferry.stock()`'],
  ['`ferry.canReadThrough`'],
  ['`FerryNode.bytesStocked`'],
  ["`MigrateResult.errno`, `MigrateFailure.errno` (names such as `'EBUSY'`)"],
  ['`MigrateResult.foliosBridged`, `bytesBridged`'],
  ['`MigrateResult.foliosReadThrough`'],
  ['`stats()`: `folios_bridged`, `bytes_bridged`'],
  ['`stats()`: `read_through_folios`, `read_through_stale`'],
  ['`/metrics`: `pageferry_pool_stocked_bytes`, `pageferry_read_through_…`'],
  [
    'parameter `swap_pages`',
    /^module\/pageferry\/parameters\/cutover_pages$/,
    has(() => `${renamedParameter('module/pageferry/parameters/swap_pages', PARAMETERS)}`),
  ],
  [
    'parameter `max_batched_migration` (pages)',
    /^module\/pageferry\/parameters\/batch_bytes$/,
    has(() => `${renamedParameter('module/pageferry/parameters/max_batched_migration', PARAMETERS)}`),
  ],
  [
    '`--concurrency`, `--granularity`, `--swap`, `--swap-pages`',
    /Use --(copy-mode exclusive or|gaps skip or|cutover|cutover-pages)/,
    has(
      ...['bench stall', 'bench access', 'sim move', 'sim batch', 'sim breakeven'].map(
        (command) => () => cli(`${command} --concurrency exclusive`),
      ),
      () => cli('bench move --granularity exact'),
      () => cli('bench stall --swap 2M'),
      () => cli('sim move --swap-pages 512'),
      () => cli('sim batch --swap-pages=512'),
    ),
  ],
  ['`sim breakeven --most`', /Use --max-batch/, has(() => cli('sim breakeven --most 4M'))],
  [
    '`--json FILE`, `--json -`',
    /use --json=FILE/,
    has(
      () => cli('sim move --json x.json'),
      () => cli('demo --json -'),
    ),
  ],
  ['`bench move --batch` (folios of a call)', /--folios-per-call/, has(() => cli('bench move --batch 8'))],
  ['`bench move --max-batch`', /Use --batch-bytes/, has(() => cli('bench move --max-batch 2M'))],
  [
    '`bench stall --batch`, `bench access --batch`',
    /Use --batch-bytes/,
    has(
      () => cli('bench stall --batch 2M'),
      () => cli('bench access --batch 2M'),
    ),
  ],
  [
    '`demo --batch` (pages), `sim --batch-pages`',
    /Use --batch-bytes, in bytes/,
    has(
      () => cli('demo --batch 512'),
      () => cli('sim move --batch-pages 512'),
      () => cli('sim batch --batch-pages 512'),
    ),
  ],
  [
    '`demo --size`, `bench compaction --size`',
    /Use --bytes/,
    has(
      () => cli('demo --size 64M'),
      () => cli('bench compaction --size 64M'),
    ),
  ],
  ['`demo --threads` (threads of the program)', /--load-threads/, has(() => cli('demo --threads 4'))],
  [
    '`options.batch` of `POST /api/bench`',
    /Use (folios-per-call|batch-bytes)/,
    has(
      () => refusalOf(() => benchArguments('move', { batch: '8' })),
      () => refusalOf(() => benchArguments('stall', { batch: '2M' })),
    ),
  ],
  ['`bench access --pages stocked`', /Use prefilled/, has(() => cli('bench access --pages stocked'))],
  [
    '`explore` scenarios `read-through…`, mistakes `guard-…`, `unguard-…`, `recheck-…`, `swap-unflushed`',
    /write-protected|protect-|verification-|cutover-unflushed/,
    (now) => {
      const scenarios = SCENARIOS.map(({ name }) => name);
      const races = RACES.map(({ name }) => name);
      const stem = (name: string): string => name.replace(/^[^-]*-/, '');
      for (const name of scenarios.filter((each) => each.startsWith('write-protected'))) {
        value(name.replace('write-protected', 'read-through'), scenarios)(new RegExp(`^${name}$`));
      }
      for (const [before, after] of [
        ['guard', 'protect'],
        ['unguard', 'unprotect'],
        ['recheck', 'verification'],
      ]) {
        const renamed = races.filter((each) => each.startsWith(`${after}-`));
        assert.ok(renamed.length > 0, after);
        for (const name of renamed) value(`${before}-${stem(name)}`, races)(new RegExp(`^${name}$`));
      }
      value('swap-unflushed', races)(now);
    },
  ],
  ['`CopyList.held` of a migrator'],
  [
    '`pageferry/sim`: `maxBatchedMigration`, `readThrough`, `mostBytes`, `leastBytes`, `swapPages`',
    /^(batchPages|writeProtected|maxBytes|minBytes|cutoverPages)$/,
    (now) => {
      const known = ['batchPages', 'writeProtected', 'maxBytes', 'minBytes', 'cutoverPages'];
      const before = ['maxBatchedMigration', 'readThrough', 'mostBytes', 'leastBytes', 'swapPages'];
      for (const [i, name] of before.entries()) {
        assert.equal(renamedOption(name, known), known[i]);
        assert.match(known[i]!, now);
      }
    },
  ],
];

const PARAMETERS: readonly string[] = [
  'module/pageferry/parameters/cutover_pages',
  'module/pageferry/parameters/batch_bytes',
];

/** The first cells of the table of renames. */
function renamesOf(changelog: string): string[] {
  const table = changelog.split('\n| before | now |\n|---|---|\n')[1]!.split('\n\n')[0]!;
  return table.split('\n').map((row) => row.split('|')[1]!.trim());
}

test('this test has each rename of CHANGELOG.md', () => {
  const changelog = readFileSync(new URL('../../../CHANGELOG.md', import.meta.url), 'utf8');
  assert.deepEqual(
    ROWS.map(([before]) => before),
    renamesOf(changelog),
  );
});

for (const [before, now, hint] of ROWS) {
  if (now === undefined || hint === undefined) continue;
  test(`an old name is refused with the new one: ${before}`, () => hint(now));
}
