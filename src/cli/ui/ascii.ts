/** Characters that pageferry prints, in ASCII. */
const IN_ASCII: Readonly<Record<string, string>> = {
  µ: 'u',
  '×': 'x',
  '–': '-',
  '—': '-',
  '…': '...',
  '∞': 'inf',
  '→': '->',
  '≤': '<=',
  '≥': '>=',
  '\u00a0': ' ',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
const NOT_ASCII = /[^\x00-\x7f]/gu;

/**
 * Whether the locale is not UTF-8, by the first of LC_ALL, LC_CTYPE and LANG that is set (locale(7)). Where none is set, as
 * in most containers, the terminal most likely shows UTF-8.
 */
export function isAsciiLocale(env: NodeJS.ProcessEnv = process.env): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = env;
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  return locale !== '' && !/utf-?8/i.test(locale);
}

/** Text in ASCII. A character without an ASCII form becomes a question mark. */
export function toAscii(text: string): string {
  return text.replace(NOT_ASCII, (character) => IN_ASCII[character] ?? '?');
}

/** JSON for standard output. In an ASCII locale, other characters are escaped. */
export function jsonText(value: unknown): string {
  return escaped(JSON.stringify(value, null, 2), isAsciiLocale());
}

/** JSON on one line. In ASCII, other characters are escaped. */
export function jsonLine(value: unknown, ascii: boolean): string {
  return escaped(JSON.stringify(value), ascii);
}

function escaped(json: string, ascii: boolean): string {
  if (!ascii) return json;
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
