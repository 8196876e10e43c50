import { figuresOf } from './figure.js';
import { element, escapeText, textElement } from './markup.js';
import { PAGE_STYLE } from './page-style.js';
import type { Origin, Sheet, SheetTable } from './sheet.js';

/** Content Security Policy: nothing is loaded or run, even if a hostile text gets into the page unescaped. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const UNITS = 'Sizes such as 4K, 2M and 1G are powers of 1024 bytes. MB, GB and rates are powers of 1000.';

/** Drawings of another room, which are before the charts. */
export interface Drawings {
  /** Markup of `element` and `textElement`. */
  readonly figures: readonly string[];
  /** Style rules, without any text from outside. */
  readonly style: string;
}

/** Renders a sheet as an HTML page that needs no other file and no network. All text is escaped. */
export function pageOf(
  { title, summary, charts, tables, notes }: Sheet,
  origin: Origin,
  drawings: Drawings = { figures: [], style: '' },
): string {
  const facts = [['date', origin.date], ...origin.facts] as const;
  const body = element('main', {}, [
    textElement('h1', title),
    textElement('p', summary),
    element('dl', {}, [
      element('div', { class: 'command' }, [
        textElement('dt', 'command'),
        element('dd', {}, [commandOf(origin.commandLine)]),
      ]),
      ...facts.map(([name, text]) => element('div', {}, [textElement('dt', name), textElement('dd', text)])),
    ]),
    element('div', { class: 'charts' }, [...drawings.figures, ...charts.flatMap(figuresOf)]),
    textElement('h2', 'Figures'),
    ...tables.map(tableOf),
    ...notesOf(notes),
    textElement('footer', UNITS),
  ]);
  const head = [
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${escapeText(POLICY)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    textElement('title', `${title}, ${origin.date}`),
    // Not escaped. It is not from outside, and HTML does not unescape text in a style element.
    `<style>${PAGE_STYLE}${drawings.style}</style>`,
  ].join('\n');
  return `<!doctype html>\n<html lang="en">\n<head>\n${head}\n</head>\n<body>\n${body}\n</body>\n</html>\n`;
}

function notesOf(notes: readonly string[]): string[] {
  if (notes.length === 0) return [];
  const items = notes.map((note) => textElement('li', note));
  return [textElement('h2', 'Notes'), element('ul', {}, items)];
}

/** Breaks the line only between words, not after the dashes of an option. */
function commandOf(line: string): string {
  const words = line.split(' ').map((word) => textElement('span', word));
  return element('code', {}, [words.join(' ')]);
}

function tableOf({ caption, columns, rows }: SheetTable): string {
  const cell = (text: string, at: number, scope?: 'col' | 'row'): string =>
    textElement(scope === undefined ? 'td' : 'th', text, {
      ...(scope === undefined ? {} : { scope }),
      ...(columns[at]?.align === 'right' ? { class: 'right' } : {}),
    });
  const heads = columns.map(({ title }, at) => cell(title, at, 'col'));
  const table = element('table', {}, [
    textElement('caption', caption),
    element('thead', {}, [element('tr', {}, heads)]),
    element(
      'tbody',
      {},
      // The first cell names the row.
      rows.map((row) =>
        element(
          'tr',
          {},
          row.map((text, at) => cell(text, at, at === 0 ? 'row' : undefined)),
        ),
      ),
    ),
  ]);
  // A table wider than a phone scrolls by itself, also by keyboard.
  return element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption }, [table]);
}
