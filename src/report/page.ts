import { figuresOf } from './figure.js';
import { element, escapeText, textElement } from './markup.js';
import { PAGE_STYLE } from './page-style.js';
import type { Origin, Sheet, SheetTable } from './sheet.js';

/** Nothing is loaded and nothing runs, whatever may have found its way into the page. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** A sheet as a page of HTML that needs no other file and no network. All text is escaped here. */
export function pageOf({ title, summary, charts, tables, notes }: Sheet, origin: Origin): string {
  const facts = [['date', origin.date], ...origin.facts] as const;
  const body = element('main', {}, [
    textElement('h1', title),
    textElement('p', summary),
    element('dl', {}, [
      element('div', {}, [
        textElement('dt', 'command'),
        element('dd', {}, [textElement('code', origin.commandLine)]),
      ]),
      ...facts.map(([name, text]) => element('div', {}, [textElement('dt', name), textElement('dd', text)])),
    ]),
    element('div', { class: 'charts' }, charts.flatMap(figuresOf)),
    textElement('h2', 'Figures'),
    ...tables.map(tableOf),
    ...notesOf(notes),
  ]);
  const head = [
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${escapeText(POLICY)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    textElement('title', `${title}, ${origin.date}`),
    // Not escaped: a constant, and within this element nothing is.
    `<style>${PAGE_STYLE}</style>`,
  ].join('\n');
  return `<!doctype html>\n<html lang="en">\n<head>\n${head}\n</head>\n<body>\n${body}\n</body>\n</html>\n`;
}

function notesOf(notes: readonly string[]): string[] {
  if (notes.length === 0) return [];
  const items = notes.map((note) => textElement('li', note));
  return [textElement('h2', 'Notes'), element('ul', {}, items)];
}

function tableOf({ caption, columns, rows }: SheetTable): string {
  const cells = (name: 'th' | 'td', texts: readonly string[]): string =>
    element(
      'tr',
      {},
      texts.map((text, i) =>
        textElement(name, text, {
          ...(name === 'th' ? { scope: 'col' } : {}),
          ...(columns[i]?.align === 'right' ? { class: 'right' } : {}),
        }),
      ),
    );
  const table = element('table', {}, [
    textElement('caption', caption),
    element('thead', {}, [
      cells(
        'th',
        columns.map(({ title }) => title),
      ),
    ]),
    element(
      'tbody',
      {},
      rows.map((row) => cells('td', row)),
    ),
  ]);
  // Wider than a phone: it can be scrolled by itself, by keyboard too.
  return element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption }, [table]);
}
