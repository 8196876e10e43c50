import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { serveParameters } from '../../src/ferry/serve-parameters.js';
import { openFerry } from '../../src/index.js';
import { LIMIT, MIB } from '../ferry/support/fixture.js';
import { temporaryFolder } from '../ferry/support/parameter-server-fixture.js';
import { runCli } from './run-cli.js';
import { FAST, MAIN, REAL, Running, refused, SNAPSHOT, served, skip } from './support/heat-fixture.js';
import { noTerminal, runInTerminal, whileInTerminal } from './support/run-in-terminal.js';

test('a path that is too long for its name is found by --socket only', REAL, async (t) => {
  const ferry = await openFerry();
  t.after(() => ferry.close());
  const path = join(temporaryFolder(t), 'x'.repeat(80));
  await serveParameters(ferry, path);
  await refused(t, ['--pid', String(process.pid)], 1, /^error: ENAMETOOLONG: --pid: .* --socket/);
  await refused(t, ['--socket', path], 1, /^error: ENOENT: the ferry has no regions/);
});

test('a program that is killed is an error, and its recording is whole', REAL, async (t) => {
  const folder = temporaryFolder(t);
  const [socket, file] = [join(folder, 's'), join(folder, 'heap.pfheat')];
  const program = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { openFerry } from '${new URL('../../src/index.js', import.meta.url).href}';
       import { serveParameters } from '${new URL('../../src/parameters.js', import.meta.url).href}';
       const ferry = await openFerry();
       const memory = new SharedArrayBuffer(4 * 2 ** 20);
       new Uint8Array(memory).fill(1);
       ferry.adopt(memory, { name: 'heap' });
       await serveParameters(ferry, process.argv[1]);
       console.log('listens');
       setInterval(() => {}, 1000);`,
      socket,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => void program.kill('SIGKILL'));
  await once(program.stdout, 'data');
  const run = new Running(t, ['record', file, '--pid', String(program.pid), ...FAST]);
  await run.says(/Recording heap \(4M\)/);
  while (statSync(file).size < 1500) await new Promise((resolve) => setTimeout(resolve, 20));
  program.kill('SIGKILL');
  assert.equal(await run.ended(), 1);
  assert.match(run.stderr, /^error: ECONNRESET: --socket: the program at '.*' has ended\n$/);
  const report = runCli(['heat', 'report', file, '--json']);
  assert.equal(report.status, 0, report.stderr);
  assert.equal(JSON.parse(report.stdout).recording.state, 'whole');
});

const TERMINAL = { ...LIMIT, skip: skip || noTerminal() };
const [ENTER, LEAVE] = ['\u001b[?1049h\u001b[?25l', '\u001b[?25h\u001b[?1049l'];
/** The second picture begins. The text is shown nowhere else. */
const SECOND_PICTURE = '\u001b[J\u001b[H';
// biome-ignore lint/suspicious/noControlCharactersInRegex: it removes colours
const STYLE = /\u001b\[[0-9;]*m/g;

test(
  'in a terminal pictures replace each other, Ctrl-C restores it, and the last one stays',
  TERMINAL,
  () => {
    const cases: readonly (readonly [columns: number, rows: number, env: Record<string, string>])[] = [
      [100, 50, { LC_ALL: 'C.UTF-8', TERM: 'xterm-256color' }],
      [40, 16, { LC_ALL: 'C', TERM: 'xterm' }],
    ];
    for (const [columns, rows, env] of cases) {
      const { status, output } = runInTerminal(['heat', '--demo', ...FAST], columns, env, {
        rows,
        interruptAfter: SECOND_PICTURE,
      });
      assert.equal(status, 0, output);
      assert.equal(output.split(ENTER).length, 2);
      assert.equal(output.split(LEAVE).length, 2);
      const [before = '', after = ''] = output.split(LEAVE);
      const pictures = before
        .slice(before.indexOf(ENTER) + ENTER.length)
        .split('\u001b[H')
        .slice(1);
      assert.ok(pictures.length >= 2);
      for (const picture of pictures) {
        const lines = picture
          .replaceAll(STYLE, '')
          .replaceAll('\u001b[K', '')
          .replace('\u001b[J', '')
          .split('\n');
        assert.ok(lines.length <= rows, `${lines.length} lines`);
        for (const line of lines) assert.ok(line.length <= columns, line);
      }
      assert.match(pictures.at(-1)!, /A demo program/);
      assert.match(after.replaceAll(STYLE, ''), /^A demo program[\s\S]*^touched in/m);
    }
  },
);

for (const [signals, status] of [
  [['SIGTERM'], 0],
  [['SIGHUP'], 0],
  [['SIGQUIT'], 0],
  [['SIGKILL'], 128 + 9],
  // A crash of Node, and a signal that nobody handles.
  [['SIGSEGV'], 128 + 11],
  [['SIGALRM'], 128 + 14],
] as const) {
  test(`${signals.join(' and ')} leaves the terminal as it was, and no folder`, TERMINAL, (t) => {
    const folder = temporaryFolder(t);
    const result = runInTerminal(
      ['heat', '--demo', ...FAST],
      80,
      { TERM: 'xterm', TMPDIR: folder },
      {
        interruptAfter: SECOND_PICTURE,
        signals,
        waitFor: LEAVE,
      },
    );
    assert.equal(result.status, status, result.output);
    assert.equal(result.output.split(ENTER).length, 2);
    assert.equal(result.output.split(LEAVE).length, 2);
    const after = result.output.split(LEAVE)[1]!;
    if (status === 0) {
      assert.match(after, /^A demo program[\s\S]*^touched in/m);
      assert.deepEqual(readdirSync(folder), []);
      return;
    }
    // The next demo removes what this one could not.
    assert.equal(readdirSync(folder).length, 1);
    const next = spawnSync(process.execPath, [MAIN, 'heat', '--for', '0.1', '--json'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_DEBUG: '', TMPDIR: folder },
      timeout: 120_000,
    });
    assert.equal(next.status, 0, next.stderr);
    assert.deepEqual(readdirSync(folder), []);
  });
}

test('leftovers of demos are removed, and nothing else', REAL, async (t) => {
  const folder = temporaryFolder(t);
  const names = { old: 'pageferry-heat-aaaaaa', young: 'pageferry-heat-bbbbbb', other: 'heat-cccccc' };
  for (const name of Object.values(names)) mkdirSync(join(folder, name));
  for (const name of [names.old, names.other]) utimesSync(join(folder, name), 1, 1);
  // Its program still listens.
  const used = join(folder, 'pageferry-heat-dddddd');
  mkdirSync(used);
  const server = createServer().listen(join(used, 's'));
  await once(server, 'listening');
  utimesSync(used, 1, 1);
  const run = new Running(t, ['--for', '0.1', '--json'], { TMPDIR: folder });
  assert.equal(await run.ended(), 0, run.stderr);
  server.close();
  assert.deepEqual(readdirSync(folder).sort(), [names.other, names.young, 'pageferry-heat-dddddd'].sort());
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: a bar and a picture go back by them
const LINE_STARTS = /\r|\n|\u001b\[\d*[GH]/;

test('no view has a line that is wider than the terminal', TERMINAL, async (t) => {
  const { socket, folder, ferry } = await served(t);
  const name = 'a-region-whose-name-is-one-long-word-'.repeat(4);
  const region = ferry.allocate(4 * MIB, { name });
  const file = join(folder, 'x');
  const watched = ['--socket', socket, '--region', String(region.id), ...FAST, '--for', '0.2'];
  const recorded = new Running(t, ['record', file, ...watched]);
  assert.equal(await recorded.ended(), 0, recorded.stderr);
  for (const columns of [40, 60, 80]) {
    for (const TERM of ['dumb', 'xterm']) {
      for (const args of [watched, ['report', file], ['report', file, '--plot']]) {
        const run = await whileInTerminal(['heat', ...args], columns, { TERM });
        assert.equal(run.status, 0, run.output);
        for (const line of run.output.split(LINE_STARTS)) {
          const shown = stripVTControlCharacters(line);
          assert.ok(shown.length <= columns, `${TERM}, ${columns}: ${shown}`);
        }
        assert.ok(run.output.includes('touched in') || run.output.includes('Working set'), run.output);
      }
    }
  }
});

test('a dumb terminal gets lines, as a pipe does', TERMINAL, () => {
  const { status, output } = runInTerminal(['heat', '--demo', ...FAST, '--for', '1'], 80, { TERM: 'dumb' });
  assert.equal(status, 0, output);
  assert.ok(!output.includes('\u001b['));
  assert.match(output, SNAPSHOT);
});

test('the demo has a hot part, and leaves nothing behind', REAL, (t) => {
  const folder = temporaryFolder(t);
  const run = spawnSync(process.execPath, [MAIN, 'heat', '--for', '3', '--json'], {
    encoding: 'utf8',
    env: { ...process.env, NODE_DEBUG: '', TMPDIR: folder },
    timeout: 120_000,
  });
  assert.equal(run.status, 0, run.stderr);
  const last = JSON.parse(run.stdout.trimEnd().split('\n').at(-1)!);
  assert.equal(last.recording.name, 'demo');
  const rates: number[] = last.snapshot.rate.map((rate: number | null) => rate ?? 0);
  rates.sort((a, b) => a - b);
  assert.ok(rates.at(-1)! > 4 * rates[rates.length / 2]!, String(rates));
  assert.deepEqual(readdirSync(folder), []);
});
