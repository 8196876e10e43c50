import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { mapColours, mapWidth } from '../../src/cli/heat/screen.js';
import { makeRecording } from '../heat/recordings.js';
import { file, folder, HEAP, report } from './support/heat-report-scenes.js';
import { noTerminal, runInTerminal } from './support/run-in-terminal.js';

/** Runs with other variables; undefined removes one. */
function withEnv<T>(env: Readonly<Record<string, string | undefined>>, run: () => T): T {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  for (const [name, value] of Object.entries(env)) set(name, value);
  try {
    return run();
  } finally {
    for (const [name, value] of before) set(name, value);
  }
}

test('--html, --json=FILE and --plot are as in other commands', () => {
  const html = join(folder, 'heap.html');
  const json = join(folder, 'heap.json');
  const { status, stdout } = report(HEAP, '--html', html, `--json=${json}`, '--plot');
  assert.equal(status, 0);
  assert.match(stdout, /Working set: memory touched within a time, MiB\n 1 s {2}at least/);
  assert.equal(JSON.parse(readFileSync(json, 'utf8')).schema, 'pageferry.heat.report/1');
  const page = readFileSync(html, 'utf8');
  assert.match(page, /<figcaption>Heat of heap<\/figcaption>/);
  assert.match(page, /<figcaption>Working set: memory touched within a time<\/figcaption>/);
});

test('a recording of one snapshot, or of a region that grew, is drawn', () => {
  const one = makeRecording({ snapshots: 1, pages: 512 });
  assert.match(report(file('one.pfheat', one.bytes)).stdout, /1 snapshot of units/);
  const grown = makeRecording({ snapshots: 10, pages: 1024, grows: 512 });
  const { status, stdout } = report(file('grown.pfheat', grown.bytes));
  assert.equal(status, 0);
  assert.match(stdout, /^Accesses to heap \(22M, 4M at the\s+beginning\)/);
});

const SCREEN = { isTTY: true, columns: 120, getColorDepth: () => 24 } as NodeJS.WriteStream;

test('a map has the colours and the width of the terminal, and no colours elsewhere', () => {
  const utf8 = { LC_ALL: 'C.UTF-8' };
  const of = (depth: number) => ({ ...SCREEN, getColorDepth: () => depth }) as NodeJS.WriteStream;
  withEnv(utf8, () => {
    assert.equal(mapColours(SCREEN), 'truecolor');
    assert.equal(mapColours(of(8)), '256');
    assert.equal(mapColours(of(4)), 'none');
    assert.equal(mapColours(of(1)), 'none');
    assert.equal(mapColours({ ...SCREEN, isTTY: false } as unknown as NodeJS.WriteStream), 'none');
  });
  withEnv({ LC_ALL: 'C' }, () => assert.equal(mapColours(SCREEN), 'none'));
  assert.equal(mapWidth(SCREEN), 120);
  assert.equal(mapWidth({ ...SCREEN, columns: 20 } as NodeJS.WriteStream), 40);
  assert.equal(mapWidth({ ...SCREEN, isTTY: false } as unknown as NodeJS.WriteStream), 80);
});

test('in a terminal the map is as wide as that, with its colours or without', { skip: noTerminal() }, () => {
  const cases: readonly (readonly [
    columns: number,
    env: Record<string, string>,
    styled: RegExp | undefined,
  ])[] = [
    [40, { LC_ALL: 'C.UTF-8', NO_COLOR: '1' }, undefined],
    [60, { LC_ALL: 'C' }, undefined],
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it searches for colours
    [120, { LC_ALL: 'C.UTF-8' }, /\u001b\[38;5;\d+m/],
  ];
  const none = {
    NO_COLOR: undefined,
    FORCE_COLOR: undefined,
    COLORTERM: undefined,
    CI: undefined,
    TMUX: undefined,
  };
  for (const [columns, env, styled] of cases) {
    const { status, output } = withEnv(none, () =>
      runInTerminal(['heat', 'report', HEAP], columns, { TERM: 'xterm-256color', ...env }),
    );
    assert.equal(status, 0, output);
    // The progress bar has erased itself.
    const text = output.slice(output.lastIndexOf('\u001b[2K') + '\u001b[2K'.length);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it removes colours
    const plain = text.replaceAll(/\u001b\[[0-9;]*m/g, '');
    assert.equal(text !== plain, styled !== undefined);
    if (styled !== undefined) assert.match(text, styled);
    const lines = plain.split('\n');
    for (const line of lines) assert.ok(line.length <= columns, `${columns}: ${line}`);
    assert.ok(lines.some((line) => line.length === columns));
    assert.match(plain, /^Accesses to heap/);
  }
});
