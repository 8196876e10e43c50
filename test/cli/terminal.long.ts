import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostCannot, runCli } from './run-cli.js';
import { noTerminal, runInTerminal } from './support/run-in-terminal.js';

const UTF8 = { LC_ALL: 'C.UTF-8' };
/** What an erased progress bar and colours leave behind (ECMA-48), and what was overwritten on a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it begins with one
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
const NOT_ASCII = /[^\x00-\x7f]/;
const BAR = /\[[#-]{16}\]/;
const SKIP = noTerminal();
/** Quick, with a progress bar, a table, notes, and characters beyond ASCII. */
const BREAKEVEN = ['sim', 'breakeven', '--folio', '4K,2M', '--max-batch', '4M'];

let piped: string | undefined;

/** What the command prints where there is no terminal. */
function inPipe(): string {
  piped ??= runCli(BREAKEVEN).stdout.trimEnd();
  return piped;
}

/** The lines that stay in the terminal. */
function linesOf(output: string): string[] {
  return output
    .replace(ESCAPES, '\r')
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r') + 1));
}

/** Everything that was ever drawn on one line, in pieces. */
function piecesOf(output: string): string[] {
  return output.replace(ESCAPES, '\n').split(/[\r\n]/);
}

test('in a terminal of 60 columns no line is wider, and a table becomes a block for each row', {
  skip: SKIP,
}, () => {
  const { status, output, error } = runInTerminal(BREAKEVEN, 60, UTF8);
  assert.equal(status, 0, output + error);
  const lines = linesOf(output);
  for (const line of lines) assert.ok(line.length <= 60, `${line.length}: ${line}`);
  // The same figures, whatever the shape.
  const figuresOf = (text: string): string[] => [...new Set(text.match(/\d+\.\d+/g))].sort();
  assert.deepEqual(figuresOf(lines.join('\n')), figuresOf(inPipe()));
});

const MAYBE = hostCannot();

for (const [args, real] of [
  ['explore --list', false],
  ['explore --schedules 3', false],
  ['explore --race last-descriptor', false],
  ['sim move --bytes 16M --plot', false],
  ['sim move --bytes 16M --copy-mode write-protected --migrator mtcopy,dcbm --channels 16 --plot', false],
  ['sim batch --count 1,8 --plot', false],
  ['sim compaction --huge-pages 64 --plot', false],
  ['sim breakeven --folio 4K,2M --max-batch 4M --plot', false],
  ['doctor', true],
  ['demo --bytes 8M --seconds 0.3 --migrator dcbm --load-threads 4', true],
  ['bench move --bytes 4M --copy-bytes 4M --warm-up 1 --runs 1 --folio 4K,2M --channels 1,16 --plot', true],
  ['bench stall --bytes 4M --batch-bytes 2M --seconds 0.2 --runs 1 --plot', true],
  ['bench compaction --bytes 64M --runs 1 --plot', true],
] as const) {
  test(`in a terminal of 60 columns 'pageferry ${args}' is not wider`, {
    skip: SKIP || (real && MAYBE),
  }, () => {
    const { output } = runInTerminal(args.split(' '), 60, UTF8);
    const lines = linesOf(output);
    assert.ok(lines.length > 5, output);
    // A command to copy is in one piece.
    for (const line of lines.filter((each) => !each.includes('pageferry '))) {
      assert.ok([...line].length <= 60, `${line.length}: ${line}`);
    }
  });
}

test('a table for Markdown is in one piece in any terminal', { skip: SKIP }, () => {
  const args = 'sim move --folio 4K --bytes 16M --channels 1 --markdown'.split(' ');
  const text = runCli(args).stdout.trimEnd();
  assert.match(text, /^\| folio \|.*\n\|--:/);
  assert.equal(
    linesOf(runInTerminal(args, 30, UTF8).output)
      .join('\n')
      .trimEnd(),
    text,
  );
});

test('in a terminal of 80 columns the text is the one of a pipe', { skip: SKIP }, () => {
  const { output } = runInTerminal(BREAKEVEN, 80, UTF8);
  assert.equal(linesOf(output).join('\n').trimEnd(), inPipe());
});

test('a progress bar is drawn on one line of a terminal, however narrow, and erased', { skip: SKIP }, () => {
  for (const columns of [40, 100]) {
    const { status, output } = runInTerminal(BREAKEVEN, columns, UTF8);
    assert.equal(status, 0, output);
    const bars = piecesOf(output).filter((piece) => BAR.test(piece));
    assert.ok(bars.length > 0, output);
    for (const bar of bars) assert.ok(bar.length < Math.min(80, columns), `${bar.length}: ${bar}`);
    for (const line of linesOf(output)) assert.doesNotMatch(line, BAR);
  }
});

test('with LC_ALL=C everything is ASCII, and says the same', { skip: SKIP }, () => {
  const ascii = runInTerminal(BREAKEVEN, 80, { LC_ALL: 'C' }).output;
  assert.doesNotMatch(ascii, NOT_ASCII);
  assert.match(inPipe(), /µs/);
  assert.equal(linesOf(ascii).join('\n').trimEnd(), inPipe().replaceAll('µ', 'u'));
  for (const args of [
    ['compare', '--help'],
    ['sim', 'breakeven', '--profile', 'größe'],
  ]) {
    const { output } = runInTerminal(args, 80, { LC_ALL: 'C' });
    assert.doesNotMatch(output, NOT_ASCII);
    assert.notEqual(output, '');
  }
});
