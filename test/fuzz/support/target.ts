import fc from 'fast-check';

/** A property with what it needs, set up. */
export interface OpenTarget {
  readonly property: fc.IRawProperty<unknown>;
  close?(): Promise<void> | void;
}

/** One parser, or one door to the outside, and what must hold whatever comes in. */
export interface FuzzTarget {
  readonly name: string;
  /** Cases in one run of the tests. */
  readonly runs: number;
  open(): Promise<OpenTarget> | OpenTarget;
}

/** A target that needs nothing set up. */
export function target(name: string, runs: number, property: fc.IRawProperty<unknown>): FuzzTarget {
  return { name, runs, open: () => ({ property }) };
}

/** Properties of tuples are properties; fast-check's types do not say so. */
export function anyProperty<T>(property: fc.IRawProperty<T>): fc.IRawProperty<unknown> {
  return property as unknown as fc.IRawProperty<unknown>;
}

/** Characters of a report: a case may have thousands of them. */
const MAX_REPORT = 3000;

/** Tries a target. Gives the number of cases; throws with the seed and the smallest case that fails. */
export async function tryTarget(
  { name, open }: FuzzTarget,
  parameters: fc.Parameters<unknown>,
): Promise<number> {
  const { property, close } = await open();
  try {
    const details = await fc.check(property, parameters);
    if (!details.failed) return details.numRuns;
    const replay = `npm run fuzz -- --only '${name}' --seed ${details.seed} --path '${details.counterexamplePath}'`;
    throw new Error(`${name}: ${fc.defaultReportMessage(details)?.slice(0, MAX_REPORT)}\nAgain: ${replay}`, {
      cause: details.errorInstance,
    });
  } finally {
    await close?.();
  }
}
