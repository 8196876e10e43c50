/** Up to so many elements, a loop is faster than the call of `fill`. */
const FEW = 16;

/** Sets the elements from `from` to before `end`. Most folios have one page or a few. */
export function fillRange(array: Uint8Array | Int32Array, value: number, from: number, end: number): void {
  if (end - from > FEW) array.fill(value, from, end);
  else for (let at = from; at < end; at++) array[at] = value;
}
