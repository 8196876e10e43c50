import fc from 'fast-check';

/** Texts that have broken parsers before. */
const NASTY = [
  '',
  '\0',
  '\n',
  ' ',
  '-0',
  '+1',
  '1e9',
  '0x',
  '0x1_0',
  'NaN',
  'Infinity',
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  '..%2f..%2f',
  '%00',
  '%',
  '\u2028',
  '\u{1F6A2}',
  '\ud800',
  '\x1b[2J',
  '٣',
  '9'.repeat(400),
  `${'0'.repeat(500)}1`,
];

/** Text of a grammar's own letters and words, which gets further than any text does. */
export function textOf(alphabet: string, words: readonly string[] = []): fc.Arbitrary<string> {
  return fc
    .array(fc.oneof(fc.constantFrom(...alphabet), ...(words.length > 0 ? [fc.constantFrom(...words)] : [])), {
      maxLength: 24,
    })
    .map((parts) => parts.join(''));
}

/** Any text, with a liking for what is nasty. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.tuple(fc.constantFrom(...NASTY), fc.string()).map((parts) => parts.join('')),
  fc.constantFrom('1', 'y', ',', '/', ' ', 'é').map((unit) => unit.repeat(5000)),
);
