import { textWidth } from './terminal.js';

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
