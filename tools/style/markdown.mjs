/**
 * The prose of a Markdown page: sentences and table cells with their lines, and lines that are too long.
 * Code is left out: fenced blocks as a whole, and `inline code` as one word without a meaning.
 */
const FENCE = /^\s*(?:```|~~~)/;
/** One piece of code, or one link, that cannot be wrapped. */
const UNBREAKABLE = /^\s*(?:[-*] |\d+\. )?(?:`[^`]*`|!?\[[^\]]*\]\([^)]*\))[.,;:)]*$/;
const LIST = /^\s*(?:[-*+]|\d+\.)\s+/;
const SEPARATOR = /^\s*\|?[\s:|-]+\|?\s*$/;

/** @returns {{ sentences: { line: number, text: string }[], cells: { line: number, text: string, raw: string }[], lines: { line: number, text: string }[] }} */
export function readMarkdown(text) {
  const sentences = [];
  const cells = [];
  const lines = [];
  let paragraph = [];
  let start = 0;
  let code = false;
  const flush = () => {
    for (const sentence of toSentences(paragraph.join(' '))) sentences.push({ line: start, text: sentence });
    paragraph = [];
  };
  for (const [at, raw] of text.split('\n').entries()) {
    const line = at + 1;
    if (FENCE.test(raw)) {
      flush();
      code = !code;
      continue;
    }
    if (code) continue;
    if (raw.trimStart().startsWith('|')) {
      flush();
      if (SEPARATOR.test(raw)) continue;
      for (const cell of splitRow(raw)) cells.push({ line, text: plain(cell), raw: shown(cell) });
      continue;
    }
    if (shown(raw).length > 100 && !UNBREAKABLE.test(raw)) lines.push({ line, text: raw });
    if (raw.trim() === '' || raw.startsWith('#') || raw.startsWith('<')) {
      flush();
      continue;
    }
    if (LIST.test(raw)) flush();
    if (paragraph.length === 0) start = line;
    paragraph.push(raw.replace(LIST, '').trim());
  }
  flush();
  return { sentences, cells, lines };
}

/** The cells of a row; a bar in code, or behind a backslash, does not end one. */
function splitRow(row) {
  const masked = row.replaceAll(/`[^`]*`|\\\|/g, (part) => part.replaceAll('|', '\u0000'));
  return masked
    .trim()
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split('|')
    .map((cell) => cell.replaceAll('\u0000', '|').trim());
}

/** As a reader sees it: the address of a link is not there. */
function shown(text) {
  return text.replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('**', '');
}

/** Without code, addresses and emphasis. */
export function plain(text) {
  return shown(text)
    .replaceAll(/``[^`]*(?:`[^`]+)*``|`[^`]*`/g, 'CODE')
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll(/https?:\/\/\S+/g, 'CODE')
    .replaceAll(/\*{1,2}(?=\S)|(?<=\S)\*{1,2}/g, '');
}

/** @returns {string[]} */
export function toSentences(text) {
  return plain(text)
    .split(/(?<=[.!?][)"'”’]?)\s+(?=[(“"‘']?[A-Z\d])/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/** @returns {number} */
export function words(sentence) {
  return sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
