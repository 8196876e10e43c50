import { readOptions } from '../../common/check-options.js';
import { ERRNO } from '../../common/errno.js';
import type { Migrator } from '../../offload/migrator.js';
import type { OwnMigrator } from '../contract.js';
import { CHECK_LISTS, type CheckList, EMPTY_LIST, FEW_FOLIOS } from './check-lists.js';
import type { CheckFolio } from './check-memory.js';
import { type AnyMigrator, CheckArrays, type CheckOutcome, CheckRun } from './check-run.js';

/**
 * Makes a migrator. Called once for each check.
 *
 * @see {@link migratorChecks} for an example
 */
export type MigratorFactory = () => AnyMigrator | Promise<AnyMigrator>;

/**
 * One check of {@link migratorChecks}.
 *
 * @see {@link migratorChecks} for an example
 */
export interface MigratorCheck {
  /** The rule that it checks. */
  readonly name: string;
  /** @throws Error (as a rejection) that describes what the migrator did wrong. */
  run(): Promise<CheckOutcome>;
}

/**
 * Options of {@link migratorChecks}.
 *
 * @see {@link migratorChecks} for an example
 */
export interface MigratorCheckOptions {
  /**
   * Whether the list has only the fields that an {@link OwnMigrator} gets in a module's thread.
   *
   * @defaultValue false
   */
  readonly own?: boolean;
}

const OPTIONS = ['own'] as const;

/**
 * The contract of a migrator (src/offload/migrator.ts), as checks with frames in ordinary memory.
 *
 * @example
 * ```ts
 * import { test } from 'node:test';
 * import { migratorChecks } from 'pageferry/migrator';
 *
 * const createMigrator = () => ({ name: 'mine', offloadCopy: () => -95 });
 * for (const { name, run } of migratorChecks(createMigrator)) test(name, async () => void (await run()));
 * ```
 */
export function migratorChecks(
  factory: MigratorFactory,
  options: MigratorCheckOptions = {},
): readonly MigratorCheck[] {
  readOptions('migratorChecks', options, OPTIONS, 'unknown option', 'options');
  const own = options.own === true;
  const check = (name: string, body: (migrator: AnyMigrator) => Promise<CheckOutcome>): MigratorCheck => ({
    name,
    run: () => withMigrator(factory, body),
  });
  const copy = async (migrator: AnyMigrator, run: CheckRun): Promise<CheckOutcome> => {
    await run.copy(migrator, own);
    return run.judge();
  };
  const inTurn = async (migrator: AnyMigrator, runs: Iterable<CheckRun>): Promise<CheckOutcome> => {
    const outcomes: CheckOutcome[] = [];
    for (const run of runs) outcomes.push(await copy(migrator, run));
    return together(outcomes);
  };

  return [
    ...[EMPTY_LIST, ...CHECK_LISTS].map((list) =>
      check(`copies ${list.name}`, (migrator) => copy(migrator, new CheckRun(list.folios))),
    ),
    check('copies 1 to 35 folios, batch after batch', (migrator) => inTurn(migrator, freshRuns(FEW_FOLIOS))),
    check('copies what is in the arrays when they are refilled', (migrator) =>
      inTurn(migrator, refilledRuns()),
    ),
    check('copies what is in other arrays than before', (migrator) =>
      inTurn(migrator, freshRuns([...FEW_FOLIOS].reverse())),
    ),
    ...UNREADABLE.map(({ name, list, frames, errno }) =>
      check(`loses only the folio that cannot be read: ${name}`, (migrator) =>
        copy(migrator, new CheckRun(list, new Map(frames.map((frame) => [frame, errno])))),
      ),
    ),
    check('copies several batches that are started at once, finished in their order', (migrator) =>
      startedAtOnce(migrator, copy),
    ),
  ];
}

async function withMigrator(
  factory: MigratorFactory,
  body: (migrator: AnyMigrator) => Promise<CheckOutcome>,
): Promise<CheckOutcome> {
  const migrator = await factory();
  if (
    typeof migrator?.offloadCopy !== 'function' ||
    typeof migrator.name !== 'string' ||
    migrator.name === ''
  ) {
    throw new Error('the migrator must have a name and an offloadCopy function');
  }
  const { owner } = migrator as Migrator;
  if (owner !== undefined && !owner.acquire()) throw new Error('its owner was released');
  try {
    return await body(migrator);
  } finally {
    await owner?.release();
    await (migrator as OwnMigrator).close?.();
  }
}

async function startedAtOnce(
  migrator: AnyMigrator,
  copy: (migrator: AnyMigrator, run: CheckRun) => Promise<CheckOutcome>,
): Promise<CheckOutcome> {
  const lists = [...CHECK_LISTS.slice(-4), ...FEW_FOLIOS.slice(0, 4)];
  const outcomes: CheckOutcome[] = [];
  if ((migrator as Migrator).startCopy === undefined) {
    // If the migrator returns promises, the batches run concurrently. Otherwise they run one after the other.
    return together(await Promise.all(lists.map((list) => copy(migrator, new CheckRun(list.folios)))));
  }
  for (let first = 0; first < lists.length; first += AT_ONCE) {
    const runs = lists.slice(first, first + AT_ONCE).map((list) => new CheckRun(list.folios));
    for (const run of runs) run.start(migrator as Migrator);
    for (const run of runs) run.finish();
    for (const run of runs) outcomes.push(await run.judge());
  }
  return together(outcomes);
}

/** The engine's largest pipeline depth. */
const AT_ONCE = 4;

function together(outcomes: readonly CheckOutcome[]): CheckOutcome {
  return outcomes.every((outcome) => outcome === 'declined') ? 'declined' : 'passed';
}

function* freshRuns(lists: readonly CheckList[]): Generator<CheckRun> {
  for (const { folios } of lists) yield new CheckRun(folios);
}

function* refilledRuns(): Generator<CheckRun> {
  const arrays = new CheckArrays(64);
  const lists = [...CHECK_LISTS.slice(0, 10), ...FEW_FOLIOS, ...CHECK_LISTS.slice(0, 3)];
  for (const { folios } of lists) yield new CheckRun(folios, new Map(), arrays);
}

/** A run of 16 folios of order 1, and large folios with a neighbour. */
const SMALL: readonly CheckFolio[] = Array.from({ length: 16 }, (_, i) => ({
  src: 8 + 2 * i,
  dst: 64 + 2 * i,
  order: 1,
}));
const LARGE: readonly CheckFolio[] = [
  { src: 8, dst: 300, order: 4 },
  { src: 24, dst: 316, order: 7 },
  { src: 152, dst: 444, order: 0 },
];

const { EHWPOISON, EFAULT } = ERRNO;
const UNREADABLE = [
  { name: 'the first of a run', list: SMALL, frames: [8], errno: EHWPOISON },
  { name: 'one within a run', list: SMALL, frames: [19], errno: EHWPOISON },
  { name: 'the last of a run', list: SMALL, frames: [39], errno: EHWPOISON },
  { name: 'several', list: SMALL, frames: [8, 9, 13, 38], errno: EFAULT },
  { name: 'all', list: SMALL, frames: SMALL.map(({ src }) => src), errno: EHWPOISON },
  { name: 'a page within a large folio', list: LARGE, frames: [100], errno: EHWPOISON },
  { name: 'alone in its list', list: SMALL.slice(0, 1), frames: [9], errno: EFAULT },
] as const;
