import { FormatError } from './byte-reader.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: it searches for control characters
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const MAX_TEXT = 1000;

/** Parses the JSON object of a frame. @throws FormatError that names the part */
export function parseObject(part: string, payload: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>;
    }
  } catch {
    // Reported below.
  }
  throw new FormatError(`the ${part} is not a JSON object`);
}

/** Whether a value is a text of a recording: short, and without characters that control a terminal. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT && !CONTROL.test(value);
}

/** A text as a recording may have it. */
export function asText(text: string): string {
  return text.replaceAll(new RegExp(CONTROL, 'g'), '\ufffd').slice(0, MAX_TEXT);
}
