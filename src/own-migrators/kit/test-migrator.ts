import type { OwnMigratorModule } from '../contract.js';
import type { CheckOutcome } from './check-run.js';
import { type MigratorFactory, migratorChecks } from './migrator-checks.js';

/** What to test: a module by its URL, a module as imported, or a function that makes a migrator. */
export type MigratorSource = URL | string | OwnMigratorModule | MigratorFactory;

export interface TestMigratorOptions {
  /** For the module's `createMigrator`. */
  readonly options?: unknown;
  /** Milliseconds after which a check has failed, if it is one that waits. Default 10,000. */
  readonly limitMs?: number;
}

export interface TestMigratorReport {
  readonly passed: number;
  /** Checks for which the migrator declined every batch, which it may: nothing was tried. */
  readonly declined: number;
  readonly checks: readonly { readonly name: string; readonly outcome: CheckOutcome }[];
}

/**
 * Tries a migrator with every check of `migratorChecks`, in this thread and over frames in memory: on any system.
 * A migrator that hangs without ever waiting cannot be interrupted here.
 * @throws AggregateError naming every check that failed and why; its `errors` are theirs.
 */
export async function testMigrator(
  source: MigratorSource,
  options: TestMigratorOptions = {},
): Promise<TestMigratorReport> {
  const { limitMs = 10_000 } = options;
  const checks: { name: string; outcome: CheckOutcome }[] = [];
  const failures: Error[] = [];
  const isFactory = typeof source === 'function';
  const factory = isFactory ? source : await moduleFactory(source, options.options);
  for (const { name, run } of migratorChecks(factory, { own: !isFactory })) {
    try {
      checks.push({ name, outcome: await within(limitMs, run()) });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      failures.push(new Error(`${name}: ${why}`, { cause }));
    }
  }
  if (failures.length > 0) {
    const all = failures.length + checks.length;
    const lines = failures.map(({ message }) => `\n  ${message}`).join('');
    throw new AggregateError(failures, `${failures.length} of ${all} checks failed:${lines}`);
  }
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
  // Each gets a copy, as it would in its thread.
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
