import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { startProgress } from '../../src/cli/ui/progress.js';
import { type Moment, progressLine } from '../../src/cli/ui/progress-line.js';

const MOMENT: Moment = {
  label: 'bench move',
  done: 9,
  total: 36,
  text: 'run 9 of 36',
  of: 'things',
  seconds: 12,
};

/** What is drawn on a terminal, or on what is none. */
function drawn(isTTY: boolean, env: Readonly<Record<string, string>> = {}): string {
  const stream = Object.assign(new PassThrough(), {
    isTTY,
    columns: 80,
    cursorTo: () => true,
  }) as unknown as NodeJS.WriteStream & PassThrough;
  const before = { ...process.env };
  Object.assign(process.env, { TERM: 'xterm' }, env);
  try {
    const progress = startProgress('bench move', 4, { stream, now: () => 0 });
    progress.update(1, 'run 1 of 4');
    progress.stop();
  } finally {
    process.env = before;
  }
  // From Node 26 on, read() returns one chunk and not all that there are.
  let text = '';
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) text += chunk;
  return text;
}

test('a line has the part, what is being done, the rate and the time that is left', () => {
  assert.equal(progressLine(MOMENT), 'bench move [####------------]  25 %, run 9 of 36, 0.75/s, 36 s left');
  assert.match(progressLine({ ...MOMENT, seconds: 1200 }), /, 1:00:00 left$/);
  assert.match(progressLine({ ...MOMENT, seconds: 50 }), /, 2:30 left$/);
});

test('of a share of the time no rate is told, and of what has not begun nothing', () => {
  assert.equal(
    progressLine({ ...MOMENT, of: 'share', text: '3.0 GB' }),
    'bench move [####------------]  25 %, 3.0 GB, 36 s left',
  );
  assert.equal(
    progressLine({ ...MOMENT, done: 0, text: '', seconds: 0.5 }),
    'bench move [----------------]   0 %',
  );
});

test('at the end nothing is left', () => {
  assert.equal(
    progressLine({ ...MOMENT, done: 36 }),
    'bench move [################] 100 %, run 9 of 36, 3.0/s',
  );
});

test('what came before the first run is not counted against the others', () => {
  const first = { done: 1, seconds: 8 };
  assert.match(progressLine({ ...MOMENT, done: 9, seconds: 12, first }), /, 2\.0\/s, 14 s left$/);
  assert.match(progressLine({ ...MOMENT, done: 1, seconds: 8, first }), /, 0\.13\/s, 4:40 left$/);
});

test('before anything is done it is told after a second that something goes on', () => {
  const nothing = { ...MOMENT, done: 0, text: '' };
  assert.match(progressLine({ ...nothing, seconds: 0.5 }), / 0 %$/);
  assert.match(progressLine({ ...nothing, seconds: 3 }), / 0 %, 3 s so far$/);
});

test('a line is never wider than a terminal', () => {
  assert.equal(progressLine({ ...MOMENT, text: 'x'.repeat(200) }).length, 79);
});

test('on a terminal there is a bar, without colours, with NO_COLOR and without', () => {
  for (const NO_COLOR of ['', '1']) {
    const text = drawn(true, { NO_COLOR });
    assert.match(text, /bench move \[/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
    assert.doesNotMatch(text, /\u001b\[[0-9;]*m/);
  }
});

test('the cursor is left alone: who presses Ctrl-C gets a terminal back that has one', () => {
  assert.doesNotMatch(drawn(true), /\[\?25l/);
});

test('no mode of the terminal is changed that a signal would leave behind, such as its line wrap', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: private modes begin with it (DECSET)
  assert.doesNotMatch(drawn(true), /\u001b\[\?/);
});

test('where there is no terminal, or a dumb one, nothing is drawn', () => {
  assert.equal(drawn(false), '');
  assert.equal(drawn(true, { TERM: 'dumb' }), '');
});
