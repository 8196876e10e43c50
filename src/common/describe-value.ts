/** Characters of a text that a message repeats at most. */
const MAX_CHARACTERS = 80;
/** The same of the message of an error. */
const MAX_MESSAGE = 400;
/** And lone surrogates, which have no UTF-8. */
const CONTROL = /[\p{Cc}\p{Cs}\u2028\u2029]/gu;
const MAX_BIGINT = 2n ** 64n;

/**
 * A value as every error message names it. Strings have quotes, so that '4096' is not taken for 4096 and an empty one
 * is seen. Runs no code of the value's (a toString of its own could throw, or never end), and is short and on one line
 * whatever the value is.
 */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${shorten(value)}'`;
    case 'symbol':
      return shorten(value.toString());
    case 'bigint':
      return value < MAX_BIGINT && value > -MAX_BIGINT ? `${value}n` : 'a large bigint';
    case 'function':
      return 'a function';
    case 'object':
      if (value === null) return 'null';
      return isArray(value) ? 'an array' : 'an object';
    default:
      return String(value);
  }
}

/** A text on one line and short, without quotes: a part of the name of an argument, or somebody's message. */
export function printable(text: string): string {
  return shorten(text);
}

/** The message of whatever was thrown, on one line: anything can be. A string is a message itself. */
export function describeThrown(thrown: unknown): string {
  if (typeof thrown === 'string') return shorten(thrown, MAX_MESSAGE);
  if (typeof thrown !== 'object' || thrown === null) return describe(thrown);
  try {
    const { message } = thrown as { message?: unknown };
    return typeof message === 'string' ? shorten(message, MAX_MESSAGE) : describe(thrown);
  } catch {
    return describe(thrown);
  }
}

/** A Proxy that was revoked throws. */
function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

function shorten(text: string, max = MAX_CHARACTERS): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  // Control characters would end the line, or steer a terminal.
  return cut.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
