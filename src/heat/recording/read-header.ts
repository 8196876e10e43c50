import { describe } from '../../common/describe-value.js';
import type { Sight } from '../observation.js';
import { FormatError } from './byte-reader.js';
import type { RecordingHeader } from './format.js';
import { isText, parseObject } from './json-payload.js';

/** Reads the header of a recording. @throws FormatError that names the field. */
export function readHeader(payload: Uint8Array): RecordingHeader {
  const fields = parseObject('header', payload);
  const field = (name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined);
  const number = (name: string, min: number): number => {
    const value = field(name);
    if (typeof value === 'number' && Number.isFinite(value) && value >= min) return value;
    throw wrong(name, value);
  };
  const text = (name: string): string => {
    const value = field(name);
    if (isText(value)) return value;
    throw wrong(name, value);
  };
  return {
    name: text('name'),
    regionBytes: number('regionBytes', 1),
    pageBytes: number('pageBytes', 1),
    unitBytes: number('unitBytes', 1),
    source: text('source'),
    sees: sightOf(field('sees')),
    originMs: number('originMs', Number.NEGATIVE_INFINITY),
    startedAtMs: number('startedAtMs', Number.NEGATIVE_INFINITY),
    halfLifeMs: number('halfLifeMs', 0),
  };
}

function sightOf(value: unknown): Sight {
  const sees = Object(value) as Readonly<Record<string, unknown>>;
  const flag = (name: string): boolean => {
    if (typeof sees[name] === 'boolean') return sees[name];
    throw wrong(`sees.${name}`, sees[name]);
  };
  return { reads: flag('reads'), writes: flag('writes'), kinds: flag('kinds'), threads: flag('threads') };
}

function wrong(name: string, value: unknown): FormatError {
  return new FormatError(`the header has an impossible ${name}: ${describe(value)}`);
}
