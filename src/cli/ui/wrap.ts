/** Columns of a line, where the reader has no terminal or a wide one. */
const WIDTH = 80;
/** In a terminal that is narrower than this, lines are as wide as this. */
const MIN_WIDTH = 30;

interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Columns that a line may have: those of the terminal, if that is narrower than 80. */
export function textWidth({ isTTY, columns }: Screen = process.stdout): number {
  if (isTTY !== true || columns === undefined || columns <= 0) return WIDTH;
  return Math.max(MIN_WIDTH, Math.min(WIDTH, columns));
}

/** Whether the reader has a terminal that is narrower than 80 columns. */
export function isNarrow(screen: Screen = process.stdout): boolean {
  return textWidth(screen) < WIDTH;
}

/** Text in lines of at most 80 columns, or as many as the terminal has, each but the first indented. */
export function wrap(text: string, indent: number): string {
  return linesOf(text, textWidth() - indent).join(`\n${' '.repeat(indent)}`);
}

/** Text in lines of at most `width` columns, as far as its words allow. */
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
