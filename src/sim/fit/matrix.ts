/** A symmetric matrix of `n` rows, row by row. */
export type SymmetricMatrix = Float64Array;

/** The inverse of a positive definite matrix (Gauss-Jordan, without pivots, which these do not need). */
export function inverse(matrix: SymmetricMatrix, n: number): SymmetricMatrix {
  const a = Float64Array.from(matrix);
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  for (let i = 0; i < n; i++) {
    const pivot = a[i * n + i]!;
    for (let j = 0; j < n; j++) {
      a[i * n + j]! /= pivot;
      out[i * n + j]! /= pivot;
    }
    for (let row = 0; row < n; row++) {
      const factor = row === i ? 0 : a[row * n + i]!;
      if (factor === 0) continue;
      for (let j = 0; j < n; j++) {
        a[row * n + j]! -= factor * a[i * n + j]!;
        out[row * n + j]! -= factor * out[i * n + j]!;
      }
    }
  }
  return out;
}

/** matrix · vector. */
export function times(matrix: SymmetricMatrix, vector: ArrayLike<number>): Float64Array {
  const n = vector.length;
  const product = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += matrix[i * n + j]! * vector[j]!;
    product[i] = sum;
  }
  return product;
}

export function dot(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i]! * other[i]!;
  return sum;
}
