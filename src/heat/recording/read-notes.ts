import { ByteReader, FormatError } from './byte-reader.js';
import type { RecordedCost, RecordedError } from './format.js';
import { isText, parseObject } from './json-payload.js';

/** Reads the cost of a watch. Later versions may append figures. @throws FormatError */
export function readCost(payload: Uint8Array): RecordedCost {
  const from = new ByteReader(payload);
  const figure = (): number => {
    const value = from.f64();
    if (value >= 0 && value < Number.POSITIVE_INFINITY) return value;
    throw new FormatError('a cost has an impossible figure');
  };
  return { cpuNs: figure(), stalledNs: figure(), units: figure(), touched: figure() };
}

/** Reads the error that has ended a watch. @throws FormatError */
export function readError(payload: Uint8Array): RecordedError {
  const { code, message, advice } = parseObject('error', payload);
  if (isText(code) && isText(message) && (advice === undefined || isText(advice))) {
    return { code, message, advice };
  }
  throw new FormatError('the error has an impossible text');
}
