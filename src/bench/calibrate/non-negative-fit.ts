/** One equation: the sum of `terms[i] × x[i]` is to be `value`. */
export interface Equation {
  readonly terms: readonly number[];
  /** More than 0. */
  readonly value: number;
  /** The weight of its error, 1 by default. */
  readonly weight?: number;
}

/**
 * The numbers, at least 0, with the least sum of squared relative errors of all equations. It tries every set of unknowns
 * that are 0. A profile has only a few unknowns.
 */
export function fitNonNegative(equations: readonly Equation[], unknowns: number): number[] {
  const scaled = equations.map(({ terms, value, weight = 1 }) => ({
    terms: terms.map((term) => (term / value) * Math.sqrt(weight)),
    value: Math.sqrt(weight),
  }));
  let best = new Array<number>(unknowns).fill(0);
  let min = errorOf(scaled, best);
  for (let mask = 1; mask < 2 ** unknowns; mask++) {
    const used = best.map((_, i) => i).filter((i) => (mask >> i) % 2 === 1);
    const solved = solveNormal(scaled, used);
    if (solved === undefined || solved.some((x) => x < 0)) continue;
    const candidate = new Array<number>(unknowns).fill(0);
    for (const [at, i] of used.entries()) candidate[i] = solved[at]!;
    const error = errorOf(scaled, candidate);
    // An improvement within rounding does not justify another unknown.
    if (error < min * (1 - 1e-9)) [best, min] = [candidate, error];
  }
  return best;
}

function errorOf(equations: readonly Equation[], x: readonly number[]): number {
  return equations.reduce((sum, { terms, value }) => {
    const got = terms.reduce((total, term, i) => total + term * x[i]!, 0);
    return sum + (got - value) ** 2;
  }, 0);
}

/** Least squares for the unknowns `used`, the others being 0; undefined when the equations do not determine them. */
function solveNormal(equations: readonly Equation[], used: readonly number[]): number[] | undefined {
  // Unknowns differ by orders of magnitude. Each is scaled so that its column has length 1.
  const lengths = used.map((i) => Math.hypot(...equations.map(({ terms }) => terms[i]!)));
  if (lengths.some((length) => length === 0)) return undefined;
  const column = (at: number) => equations.map(({ terms }) => terms[used[at]!]! / lengths[at]!);
  const columns = used.map((_, at) => column(at));
  const values = equations.map(({ value }) => value);
  const matrix = columns.map((a) => [...columns.map((b) => dot(a, b)), dot(a, values)]);
  return eliminate(matrix)?.map((x, at) => x / lengths[at]!);
}

/** Gauss-Jordan elimination of an augmented matrix, whose rows are changed. */
function eliminate(matrix: number[][]): number[] | undefined {
  for (let k = 0; k < matrix.length; k++) {
    const below = matrix.slice(k);
    const pivot = k + below.reduce((max, row, i) => (abs(row[k]!) > abs(below[max]![k]!) ? i : max), 0);
    [matrix[k], matrix[pivot]] = [matrix[pivot]!, matrix[k]!];
    const head = matrix[k]!;
    if (abs(head[k]!) < 1e-12) return undefined;
    for (const row of matrix) {
      if (row === head) continue;
      const factor = row[k]! / head[k]!;
      for (let i = k; i < row.length; i++) row[i] = row[i]! - factor * head[i]!;
    }
  }
  return matrix.map((row, k) => row.at(-1)! / row[k]!);
}

const { abs } = Math;

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}
