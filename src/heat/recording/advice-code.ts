import { ADVICE, ADVICE_NAMES } from '../advice.js';
import { type ByteReader, FormatError } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

/** Writes what the program says of each unit, as runs: a number of units, and what it says of them. No runs: nothing. */
export function writeAdvice(to: ByteWriter, advice: Uint8Array): void {
  if (advice.every((said) => said === ADVICE.none)) return;
  for (let from = 0; from < advice.length; ) {
    let end = from + 1;
    while (end < advice.length && advice[end] === advice[from]) end++;
    to.varint(end - from);
    to.u8(advice[from]!);
    from = end;
  }
}

/** Reads what `writeAdvice` has written of so many units. @throws FormatError */
export function readAdvice(from: ByteReader, units: number): Uint8Array {
  const advice = new Uint8Array(units);
  if (from.left === 0) return advice;
  let at = 0;
  while (from.left > 0) {
    const run = from.varint();
    const said = from.u8();
    if (run < 1 || at + run > units || said >= ADVICE_NAMES.length)
      throw new FormatError('an advice has impossible figures');
    advice.fill(said, at, at + run);
    at += run;
  }
  if (at !== units) throw new FormatError('an advice is not of the units of its snapshot');
  return advice;
}
