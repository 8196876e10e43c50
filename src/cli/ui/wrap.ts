import { stripVTControlCharacters } from 'node:util';

/** Maximum columns of a line. */
const WIDTH = 80;
/** Minimum columns of a line, also in a narrower terminal. */
const MIN_WIDTH = 30;

interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Columns of a line: 80, or those of a narrower terminal. */
export function textWidth({ isTTY, columns }: Screen = process.stdout): number {
  if (isTTY !== true || columns === undefined || columns <= 0) return WIDTH;
  return Math.max(MIN_WIDTH, Math.min(WIDTH, columns));
}

/** Whether the terminal is narrower than 80 columns. */
export function isNarrow(screen: Screen = process.stdout): boolean {
  return textWidth(screen) < WIDTH;
}

/** Text in lines of `textWidth` columns. All lines but the first are indented. */
export function wrap(text: string, indent: number): string {
  return linesOf(text, textWidth() - indent).join(`\n${' '.repeat(indent)}`);
}

/** Lines that are not broken: rows of Markdown, and commands to copy. */
const WHOLE = /^\||\bpageferry /;
/** A space that is not broken: a number stays with its unit. */
const BEFORE_UNIT = /(?<=\d) (?=%|[nµm]?s\b|[KMG]i?B\b)/g;

/** Text for a terminal: breaks lines that are too long for a narrow one, and indents the rest of them. */
export function fitTerminal(text: string, screen: Screen = process.stdout): string {
  if (!isNarrow(screen)) return text;
  const width = textWidth(screen);
  const fit = (line: string): string => {
    if (stripVTControlCharacters(line).length <= width || WHOLE.test(line)) return line;
    const start = line.trimStart();
    const indent = line.length - start.length;
    const lines = linesOf(start.replaceAll(BEFORE_UNIT, '\u00a0'), width - indent - 2);
    const broken = lines.map((each) => each.trimEnd()).join(`\n${' '.repeat(indent + 2)}`);
    return ' '.repeat(indent) + broken.replaceAll('\u00a0', ' ');
  };
  return text.split('\n').map(fit).join('\n');
}

/** Text in lines of at most `width` columns. Words that are longer are broken, too. */
export function brokenLines(text: string, width: number): string[] {
  return linesOf(text, width).flatMap((line) => {
    const pieces = Array.from({ length: Math.ceil(line.length / width) }, (_, i) =>
      line.slice(i * width, (i + 1) * width),
    );
    return pieces.length === 0 ? [line] : pieces;
  });
}

/** Text in lines of at most `width` columns, unless a word is longer. */
export function linesOf(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
