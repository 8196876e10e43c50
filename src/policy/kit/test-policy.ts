import { readOptions } from '../../common/check-options.js';
import { runChecks } from '../../common/run-checks.js';
import type { OwnPolicyModule } from '../policy.js';
import { type PolicyCheckOutcome, type PolicyFactory, policyChecks } from './policy-checks.js';

/**
 * A policy to test: the URL of a module, an imported module, or a function that makes a policy.
 *
 * @see {@link testPolicy} for an example
 */
export type PolicySource = URL | string | OwnPolicyModule | PolicyFactory;

/**
 * Options of {@link testPolicy}.
 *
 * @see {@link testPolicy} for an example
 */
export interface TestPolicyOptions {
  /** Passed to the module's default export. */
  readonly options?: unknown;
}

/**
 * The outcome of one check.
 *
 * @see {@link testPolicy} for an example
 */
export interface PolicyCheckResult {
  /** The rule that was checked. */
  readonly name: string;
  /** `passed`, or `idle` if the policy moved nothing. */
  readonly outcome: PolicyCheckOutcome;
}

/**
 * The result of {@link testPolicy}.
 *
 * @see {@link testPolicy} for an example
 */
export interface TestPolicyReport {
  /** Checks that passed. */
  readonly passed: number;
  /** Checks in which the policy moved nothing, so that nothing was tested. */
  readonly idle: number;
  /** Each check with its outcome. */
  readonly checks: readonly PolicyCheckResult[];
}

/**
 * Runs every check of {@link policyChecks}, on this thread. It cannot interrupt a policy that loops forever.
 * @throws AggregateError with every check that failed, and its reason. `errors` has their errors.
 *
 * @example
 * ```ts
 * import { testPolicy } from 'pageferry/policy';
 *
 * const { passed, idle } = await testPolicy(() => ({ name: 'none', decide() {} }));
 * console.log(passed, idle);
 * ```
 */
export async function testPolicy(
  source: PolicySource,
  options: TestPolicyOptions = {},
): Promise<TestPolicyReport> {
  readOptions('testPolicy', options, ['options']);
  const create = typeof source === 'function' ? source : await moduleFactory(source, options.options);
  const checks = await runChecks(policyChecks(create));
  const passed = checks.filter(({ outcome }) => outcome === 'passed').length;
  return { passed, idle: checks.length - passed, checks };
}

async function moduleFactory(
  source: URL | string | OwnPolicyModule,
  options: unknown,
): Promise<PolicyFactory> {
  const isAddress = typeof source === 'string' || source instanceof URL;
  const module: OwnPolicyModule = isAddress ? await import(String(source)) : source;
  if (typeof module?.default !== 'function') {
    throw new TypeError('the default export of the module is not a function that makes a policy');
  }
  // Each policy gets its own clone, as it would in its thread.
  return () => module.default(structuredClone(options));
}
