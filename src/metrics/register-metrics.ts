import type { Metric } from 'prom-client';
import { readSafely } from '../common/check-plain.js';
import { describe } from '../common/describe-value.js';
import { invalidArgument, MigrationError } from '../common/migration-error.js';
import { checkFerry } from '../ferry/check-ferry.js';
import type { Ferry } from '../ferry/ferry.js';

/**
 * The part of prom-client's `Registry` that is used.
 * @see {@link registerMetrics} for an example
 */
export interface MetricsRegistry {
  /** Adds a metric. */
  registerMetric(metric: Metric): void;
  /** The metric of this name, or undefined. */
  getSingleMetric(name: string): unknown;
  /** Removes the metric of this name. */
  removeSingleMetric(name: string): void;
}

/**
 * The registered metrics of a ferry.
 * @see {@link registerMetrics} for an example
 */
export interface MetricsRegistration extends AsyncDisposable {
  /** Removes the metrics from the registry, and ends the recording. Closing twice does no harm. */
  close(): Promise<void>;
}

const OPERATION = 'registerMetrics';

/**
 * Adds the metrics of a ferry to a program's own registry of prom-client: docs/counters.md lists them. They are collected
 * whenever the registry is read. The ferry records its batches until `close()`, or until the ferry is closed. That costs
 * the migration thread a microsecond or two a batch.
 *
 * A registry has room for one ferry, because the names are the same for each.
 * @throws {@link index!MigrationError | MigrationError} EINVAL for a value that is not a ferry or not a registry. EEXIST if
 * the registry has a metric of one of the names; then nothing is registered. EBADF if the ferry is closed.
 * @example
 * ```ts
 * import { register } from 'prom-client';
 * import { registerMetrics } from 'pageferry/metrics';
 *
 * await registerMetrics(ferry, register);
 * console.log(await register.metrics());
 * ```
 */
export async function registerMetrics(ferry: Ferry, registry: MetricsRegistry): Promise<MetricsRegistration> {
  checkFerry(OPERATION, ferry);
  checkRegistry(registry);
  return ferry.closeWith(OPERATION, async () => {
    // Loaded here, because not every program that imports this module registers metrics.
    const { MetricSet } = await import('./ferry-metrics.js');
    const set = new MetricSet(ferry);
    try {
      checkNames(set.metrics, registry);
      for (const metric of set.metrics) registry.registerMetric(metric);
    } catch (error) {
      remove(set.metrics, registry);
      set.close();
      throw error;
    }
    const close = async (): Promise<void> => {
      remove(set.metrics, registry);
      set.close();
    };
    return Object.freeze({ close, [Symbol.asyncDispose]: close });
  });
}

const METHODS = ['registerMetric', 'getSingleMetric', 'removeSingleMetric'] as const;

function checkRegistry(registry: unknown): void {
  const whole = readSafely(OPERATION, 'registry', () =>
    METHODS.every((name) => typeof (registry as Partial<MetricsRegistry> | null)?.[name] === 'function'),
  );
  if (whole) return;
  const rule = `must be a Registry of prom-client, not ${describe(registry)}`;
  throw invalidArgument(OPERATION, 'registry', rule);
}

/** @throws {@link MigrationError} EEXIST */
function checkNames(metrics: readonly Metric[], registry: MetricsRegistry): void {
  for (const metric of metrics) {
    const name = nameOf(metric);
    if (registry.getSingleMetric(name) === undefined) continue;
    throw new MigrationError('EEXIST', `registry: it has a metric '${name}' already`, {
      operation: OPERATION,
      argument: 'registry',
      advice:
        'A registry has room for one ferry: use another one, or close the registration of the other ferry.',
    });
  }
}

/** Removes these metrics only. Another ferry may have been registered since. */
function remove(metrics: readonly Metric[], registry: MetricsRegistry): void {
  for (const metric of metrics) {
    const name = nameOf(metric);
    if (registry.getSingleMetric(name) === metric) registry.removeSingleMetric(name);
  }
}

/** Each metric has its name as a property, which is not in prom-client's types. */
function nameOf(metric: Metric): string {
  return (metric as unknown as { readonly name: string }).name;
}
