/** One check of a conformance kit. */
export interface Check<Outcome> {
  /** The rule that is checked. */
  readonly name: string;
  /** @throws if the rule is broken. */
  run(): Outcome | Promise<Outcome>;
}

/**
 * Runs every check, one after the other. Returns each with its outcome.
 * @throws AggregateError with every check that failed, and its reason. `errors` has their errors.
 */
export async function runChecks<Outcome>(
  checks: Iterable<Check<Outcome>>,
): Promise<{ readonly name: string; readonly outcome: Outcome }[]> {
  const passed: { readonly name: string; readonly outcome: Outcome }[] = [];
  const failures: Error[] = [];
  for (const { name, run } of checks) {
    try {
      passed.push({ name, outcome: await run() });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      failures.push(new Error(`${name}: ${why}`, { cause }));
    }
  }
  if (failures.length === 0) return passed;
  const all = failures.length + passed.length;
  const lines = failures.map(({ message }) => `\n  ${message}`).join('');
  throw new AggregateError(failures, `${failures.length} of ${all} checks failed:${lines}`);
}
