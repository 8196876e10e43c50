import { readOptions } from '../../common/check-options.js';
import { runChecks } from '../../common/run-checks.js';
import type { OwnMigratorModule } from '../contract.js';
import type { CheckOutcome } from './check-run.js';
import { type MigratorFactory, migratorChecks } from './migrator-checks.js';

/**
 * A migrator to test: the URL of a module, an imported module, or a function that makes a migrator.
 *
 * @see {@link testMigrator} for an example
 */
export type MigratorSource = URL | string | OwnMigratorModule | MigratorFactory;

/**
 * Options of {@link testMigrator}.
 *
 * @see {@link testMigrator} for an example
 */
export interface TestMigratorOptions {
  /** Passed to the module's `createMigrator`. */
  readonly options?: unknown;
  /**
   * Milliseconds until a check that waits counts as failed.
   *
   * @defaultValue 10000
   */
  readonly limitMs?: number;
}

const OPTIONS = ['options', 'limitMs'] as const;

/** The outcome of one check. */
export interface CheckResult {
  /** The rule that was checked. */
  readonly name: string;
  /** `passed`, or `declined` if the migrator declined every batch. */
  readonly outcome: CheckOutcome;
}

/**
 * The result of {@link testMigrator}.
 *
 * @see {@link testMigrator} for an example
 */
export interface TestMigratorReport {
  /** Checks that passed. */
  readonly passed: number;
  /** Checks for which the migrator declined every batch. That is permitted, but nothing was tested. */
  readonly declined: number;
  /** Each check with its outcome. */
  readonly checks: readonly CheckResult[];
}

/**
 * Runs every check of {@link migratorChecks}, on this thread and with frames in ordinary memory. So it works on any
 * system. It cannot interrupt a migrator that loops forever.
 * @throws AggregateError with every check that failed, and its reason. `errors` has their errors.
 *
 * @example
 * ```ts
 * import { type OwnCopyList, type OwnCopyPort, testMigrator } from 'pageferry/migrator';
 *
 * const createMigrator = () => ({
 *   name: 'mine',
 *   offloadCopy({ length }: OwnCopyList, _port: OwnCopyPort) {
 *     return length === 0 ? 0 : -95; // declines everything: allowed, and reported
 *   },
 * });
 * const { passed, declined } = await testMigrator(createMigrator);
 * console.log(passed, declined);
 * ```
 */
export async function testMigrator(
  source: MigratorSource,
  options: TestMigratorOptions = {},
): Promise<TestMigratorReport> {
  readOptions('testMigrator', options, OPTIONS, 'unknown option', 'options');
  const { limitMs = 10_000 } = options;
  const isFactory = typeof source === 'function';
  const factory = isFactory ? source : await moduleFactory(source, options.options);
  const limited = migratorChecks(factory, { own: !isFactory }).map(({ name, run }) => ({
    name,
    run: () => within(limitMs, run()),
  }));
  const checks = await runChecks(limited);
  const declined = checks.filter(({ outcome }) => outcome === 'declined').length;
  return { passed: checks.length - declined, declined, checks };
}

async function moduleFactory(
  source: URL | string | OwnMigratorModule,
  options: unknown,
): Promise<MigratorFactory> {
  const isAddress = typeof source === 'string' || source instanceof URL;
  const module: OwnMigratorModule = isAddress ? await import(String(source)) : source;
  if (typeof module?.createMigrator !== 'function') {
    throw new TypeError('the module does not export a function createMigrator');
  }
  // Each migrator gets its own clone, as it would in its thread.
  return () => module.createMigrator(structuredClone(options));
}

async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it timed out after ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
