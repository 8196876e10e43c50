/** Characters of a text that a message repeats, at most. */
const MAX_CHARACTERS = 80;
/** Characters of an error's message that a message repeats, at most. */
const MAX_MESSAGE = 400;
/** Lone surrogates are included: they have no UTF-8. */
const CONTROL = /[\p{Cc}\p{Cs}\u2028\u2029]/gu;
const MAX_BIGINT = 2n ** 64n;

/**
 * A value as an error message shows it: short and on one line, whatever the value is. It runs no code of the value, such as
 * its toString, which could throw or never return.
 */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return shorten(value);
    case 'symbol':
      return shorten(value.toString());
    case 'bigint':
      return value < MAX_BIGINT && value > -MAX_BIGINT ? `${value}n` : 'a large bigint';
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : 'an object';
    default:
      return String(value);
  }
}

/** The message of a thrown value, on one line. Any value can be thrown. */
export function describeThrown(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return describe(thrown);
  try {
    const { message } = thrown as { message?: unknown };
    return typeof message === 'string' ? shorten(message, MAX_MESSAGE) : describe(thrown);
  } catch {
    return describe(thrown);
  }
}

function shorten(text: string, max = MAX_CHARACTERS): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  // Control characters would end the line, or control a terminal.
  return cut.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
