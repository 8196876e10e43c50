import { linesOf } from './wrap.js';

/** A row of a table, such as `  0  success`: what is before its text. */
const ROW = /^( *\S+(?: \S+)* {2,})\S/;
const COMMAND = /^ *pageferry /;
/** Columns that a text must have beside the first column of a table, to stay there. */
const MIN_ROOM = 20;

interface Block {
  readonly kind: 'prose' | 'row' | 'command';
  /** Columns of the first line before its text, and of the lines after it. */
  readonly lead: string;
  readonly hang: number;
  text: string;
  /** No line follows that belongs to it. */
  closed: boolean;
}

/**
 * Text that was written for 80 columns, in lines of at most `width`, as far as its words allow: paragraphs, rows of
 * tables with the text beside the first column, and commands, which are continued as a shell takes it.
 */
export function reflow(text: string, width: number): string {
  const blocks: Block[] = [];
  for (const line of text.split('\n')) {
    const last = blocks.at(-1);
    const indent = line.length - line.trimStart().length;
    if (last !== undefined && continues(last, line, indent)) {
      last.text += ` ${line.trim()}`;
      last.closed = line.endsWith(':');
    } else {
      blocks.push(blockOf(line, indent));
    }
  }
  return blocks.map((block) => format(block, width)).join('\n');
}

function continues({ kind, lead, hang, text, closed }: Block, line: string, indent: number): boolean {
  if (text === '' || closed || line.trim() === '' || COMMAND.test(line)) return false;
  if (kind === 'row') return indent >= hang;
  return kind === 'prose' && indent === lead.length && !ROW.test(line);
}

function blockOf(line: string, indent: number): Block {
  const lead = ' '.repeat(indent);
  if (COMMAND.test(line) && !ROW.test(line)) {
    return { kind: 'command', lead, hang: indent + 4, text: line.trim(), closed: true };
  }
  const first = ROW.exec(line)?.[1];
  if (first !== undefined) {
    return { kind: 'row', lead: first, hang: first.length, text: line.slice(first.length), closed: false };
  }
  return { kind: 'prose', lead, hang: indent, text: line.trim(), closed: line.endsWith(':') };
}

function format({ kind, lead, hang, text }: Block, width: number): string {
  if (text === '') return '';
  const tight = kind === 'row' && width - hang < MIN_ROOM;
  const after = tight ? lead.length - lead.trimStart().length + 4 : hang;
  const end = kind === 'command' ? ' \\' : '';
  const lines = linesOf(text, width - after - end.length);
  const start = tight ? `${lead.trimEnd()}\n${' '.repeat(after)}` : lead;
  return start + lines.join(`${end}\n${' '.repeat(after)}`);
}
