import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatSize } from '../../src/common/size.js';
import { serveParameters } from '../../src/ferry/serve-parameters.js';
import { ADVICE } from '../../src/heat/advice.js';
import { snapshotArrays } from '../../src/heat/heat-snapshot.js';
import { HostMarks } from '../../src/linux/accessed/host-marks.js';
import { assertContent } from '../ferry/support/content.js';
import { LIMIT, MIB } from '../ferry/support/fixture.js';
import { temporaryFolder } from '../ferry/support/parameter-server-fixture.js';
import { startProgram } from './listening-program.js';
import { runCli } from './run-cli.js';
import { FAST, REAL, Running, refused, SNAPSHOT, served } from './support/heat-fixture.js';

test(
  'a pipe gets a line for each interval, and the map, the working set and the cost at the end',
  REAL,
  async (t) => {
    const { socket, buffer } = await served(t);
    const run = new Running(t, ['--socket', socket, ...FAST]);
    await run.says(new RegExp(`(${SNAPSHOT.source}[\\s\\S]*){3}`, 'm'));
    run.child.kill('SIGINT');
    assert.equal(await run.ended(), 0, run.stderr);
    const { stdout } = run;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
    assert.match(stdout, /^[\x00-\x7f]*$/);
    assert.ok(!stdout.includes('\u001b'));
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
    assert.match(
      stdout,
      /^Heat of heap \(8M\), units of 2M\n\n +time +within 1 s +at least +at most +unknown/,
    );
    assert.ok((stdout.match(/^ +[\d.]+ s +\S+/gm) ?? []).length >= 3, stdout);
    assert.match(stdout, /^ +\+-{71}\n.* now$/m);
    assert.match(stdout, /^accesses per second and 4K page:$/m);
    assert.match(stdout, / % of the map is unknown: it was not watched, or not for long\.$/m);
    for (const window of [' 1 s', '10 s', '60 s']) {
      assert.match(stdout, new RegExp(`^touched in ${window} +\\S+ \\(\\S+ to \\S+\\)$`, 'm'));
    }
    const words = stdout.replaceAll(/\s+/g, ' ');
    assert.match(words, /The source \w+ sees .* It took [\d.]+ % of a CPU, and the program's threads waited/);
    assert.doesNotMatch(stdout, /NaN|undefined/);
    assertContent(buffer);
  },
);

test('--json prints a line for each interval, and nothing else', REAL, async (t) => {
  const { socket, region } = await served(t);
  await region.advise(0, region.bytes, 'hot');
  const names: string[] = [];
  for await (const { snapshot } of region.heat({ intervalMs: 10 })) {
    names.push(...Object.keys(snapshot).sort());
    break;
  }
  const args = ['--socket', socket, ...FAST, '--unit', '256K', '--source', 'hint', '--json'];
  const run = new Running(t, args);
  await run.says(/\n.*\n/);
  run.child.kill('SIGINT');
  assert.equal(await run.ended(), 0, run.stderr);
  const lines = run.stdout.trimEnd().split('\n');
  assert.ok(lines.length >= 2);
  let seconds = 0;
  for (const line of lines) {
    const figures = JSON.parse(line);
    assert.equal(figures.schema, 'pageferry.heat.live/1');
    const { snapshot, recording } = figures;
    assert.deepEqual(
      [recording.name, snapshot.source, snapshot.unitBytes, snapshot.bytes],
      ['heap', 'hint', 262_144, region.migratableBytes],
    );
    // The names of HeatSnapshot, and those of WatchedHeat around it.
    assert.deepEqual(Object.keys(snapshot).sort(), names);
    const units = Math.ceil(region.migratableBytes / 262_144);
    for (const name of Object.keys(snapshotArrays(0))) assert.equal(snapshot[name].length, units, name);
    assert.deepEqual(new Set(snapshot.advice), new Set([ADVICE.hot]));
    assert.equal(snapshot.recordPages.length, units);
    assert.ok(figures.seconds > seconds);
    ({ seconds } = figures);
    assert.ok(figures.unknown >= 0 && figures.unknown <= 1);
    assert.ok(figures.cost.cpuNs > 0);
    assert.equal(figures.workingSets.length, 3);
  }
});

test('--json=FILE and --html write files, also when Ctrl-C ends the watch', REAL, async (t) => {
  const { socket, folder } = await served(t);
  const [json, html] = [join(folder, 'lines.json'), join(folder, 'page.html')];
  const run = new Running(t, ['--socket', socket, ...FAST, `--json=${json}`, '--html', html]);
  await run.says(SNAPSHOT);
  run.child.kill('SIGINT');
  assert.equal(await run.ended(), 0, run.stderr);
  const lines = readFileSync(json, 'utf8').trimEnd().split('\n');
  for (const line of lines) assert.equal(JSON.parse(line).recording.name, 'heap');
  assert.match(run.stdout, /^accesses per second/m);
  const page = readFileSync(html, 'utf8');
  assert.match(page, /<figcaption>Heat of heap<\/figcaption>/);
  assert.match(page, /<figcaption>Working set: memory touched within a time<\/figcaption>/);
});

test('--for ends with the result after that time, and the summary counts it', REAL, async (t) => {
  const { socket, folder } = await served(t);
  const cases: readonly (readonly [whole: number, interval: number, intervals: number])[] = [
    [0.6, 0.2, 3],
    [0.6, 10, 1],
    [0.6, 0.35, 2],
  ];
  for (const [whole, interval, intervals] of cases) {
    const every = (1000 * whole) / intervals;
    const args = ['--socket', socket, '--for', String(whole), '--interval', String(interval)];
    const run = new Running(t, [...args, '--json']);
    assert.equal(await run.ended(), 0, run.stderr);
    const moments: number[] = run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).snapshot.atMs - JSON.parse(run.stdout.split('\n')[0]!).snapshot.atMs);
    const last = moments.at(-1)!;
    assert.ok(last >= 1000 * whole - every / 2, `${last} ms of ${whole} s`);
    assert.ok(moments.at(-2)! < 1000 * whole - every / 2);
    const file = join(folder, `${interval}.pfheat`);
    const recorded = new Running(t, ['record', file, ...args]);
    assert.equal(await recorded.ended(), 0, recorded.stderr);
    const [, count, seconds] = /^(\d+) snapshots in ([\d.]+) s,/m.exec(recorded.stdout)!;
    const report = JSON.parse(runCli(['heat', 'report', file, '--json']).stdout);
    assert.equal(report.recording.snapshots, Number(count));
    assert.ok(Number(count) >= 2 && Number(count) <= intervals + 1, recorded.stdout);
    assert.equal(Number(seconds), Number(report.map.toSeconds.toFixed(1)));
    assert.ok(Number(seconds) >= whole - every / 2000);
  }
});

const missing = (['idle', 'damon', 'written'] as const).find(
  (name) => HostMarks.probe(name).problem !== undefined,
);

test('a source that the host does not have exits with 3, and names what is missing', {
  ...REAL,
  skip: REAL.skip || (missing === undefined && 'this host has every source'),
}, async (t) => {
  const { socket, folder } = await served(t);
  const pid = String(process.pid);
  const [file, json] = [join(folder, 'none'), join(folder, 'json')];
  writeFileSync(json, 'mine');
  const ways = [
    ['--socket', socket],
    ['--pid', pid],
    ['--demo'],
    ['--socket', socket, `--json=${json}`],
    ['record', file, '--socket', socket],
    ['record', file, '--pid', pid],
    ['record', file, '--demo'],
  ];
  const { problem = '', needs } = HostMarks.probe(missing!);
  for (const way of ways) {
    const run = new Running(t, [...way, '--source', missing!]);
    assert.deepEqual([await run.ended(), run.stdout], [3, ''], way.join(' '));
    const said = `error: EOPNOTSUPP: this host does not have the access source ${missing}: ${problem}. It needs ${needs}`;
    assert.equal(run.stderr.trimEnd().replace(/\.$/, ''), said.replace(/\.$/, ''));
  }
  // A watch that was refused leaves no file, and no other content in a file.
  assert.ok(!existsSync(file));
  assert.equal(readFileSync(json, 'utf8'), 'mine');
});

test(
  'a report replaces a report, but not a recording, and a path of two flags is refused',
  REAL,
  async (t) => {
    const { socket, folder } = await served(t);
    const [recording, html] = [join(folder, 'heap.pfheat'), join(folder, 'page.html')];
    const recorded = new Running(t, ['record', recording, '--socket', socket, ...FAST, '--for', '0.2']);
    assert.equal(await recorded.ended(), 0, recorded.stderr);
    const content = readFileSync(recording);
    for (const [args, flag] of [
      [['heat', 'report', recording, '--html', recording], '--html'],
      [['heat', 'report', recording, `--json=${recording}`], '--json'],
      [['heat', `--json=${recording}`, '--demo'], '--json'],
      [['sim', 'batch', '--count', '8', '--html', recording], '--html'],
      [['doctor', `--json=${recording}`], '--json'],
      [['sim', 'batch', '--count', '8', '--trace', recording], '--trace'],
    ] as const) {
      const { status, stdout, stderr } = runCli(args);
      assert.deepEqual([status, stdout], [2, ''], args.join(' '));
      assert.match(stderr, new RegExp(`^error: ${flag}: '.*' is a heat recording.* Name another file\\n$`));
    }
    assert.deepEqual(readFileSync(recording), content);
    for (let round = 0; round < 2; round++) {
      const { status, stderr } = runCli(['heat', 'report', recording, '--html', html]);
      assert.equal(status, 0, stderr);
      assert.match(readFileSync(html, 'utf8'), /^<!doctype html>/i);
    }
  },
);

test('a reader that closes the pipe ends the watch', REAL, async (t) => {
  const { socket } = await served(t);
  for (const form of [['--json'], []]) {
    const run = new Running(t, ['--socket', socket, ...FAST, ...form]);
    await run.says(/./);
    run.child.stdout!.destroy();
    assert.equal(await run.ended(), 0, run.stderr);
    assert.equal(run.stderr, '');
  }
});

test('--pid finds the socket of a process, and PAGEFERRY_SOCKET is a default', REAL, async (t) => {
  const { socket } = await served(t);
  const short = [...FAST, '--for', '0.5', '--json'];
  const missing = { PAGEFERRY_SOCKET: join(socket, 'missing') };
  for (const run of [
    new Running(t, ['--pid', String(process.pid), ...short], missing),
    new Running(t, ['live', ...short], { PAGEFERRY_SOCKET: socket }),
  ]) {
    assert.equal(await run.ended(), 0, run.stderr);
    assert.match(run.stdout, /"name":"heap"/);
  }
});

test('a process that serves no ferry, or several, is refused with what to do', REAL, async (t) => {
  const { socket, folder, ferry } = await served(t);
  const own = String(process.pid);
  const second = await serveParameters(ferry, join(folder, 'second'));
  await refused(
    t,
    ['--pid', own],
    1,
    new RegExp(`^error: EINVAL: --pid: .* serves a ferry at 2 sockets, '${socket}', '.*second'.* --socket`),
  );
  await second.close();
  // This child serves nothing.
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  t.after(() => void other.kill('SIGKILL'));
  await refused(
    t,
    ['--pid', String(other.pid)],
    1,
    /^error: ENOENT: --pid: .* serveParameters\(ferry, path\)/,
  );
  other.kill('SIGKILL');
  await once(other, 'close');
  await refused(t, ['--pid', String(other.pid)], 1, /^error: ESRCH: --pid: there is no process/);
});

test('a demo whose directory of temporary files does not serve says so', REAL, async (t) => {
  const folder = temporaryFolder(t);
  const long = join(folder, 'x'.repeat(120));
  mkdirSync(long);
  for (const [TMPDIR, status, problem] of [
    [join(folder, 'none'), 2, /^error: TMPDIR: .* does not exist \(ENOENT\)\n$/],
    [long, 1, /^error: TMPDIR: .*at most 107/],
  ] as const) {
    const run = new Running(t, ['--demo', '--for', '0.1'], { TMPDIR });
    assert.deepEqual([await run.ended(), run.stdout], [status, ''], run.stderr);
    assert.match(run.stderr, problem);
  }
  assert.deepEqual(readdirSync(long), []);
});

test('several regions are listed, and --region chooses one', REAL, async (t) => {
  const { socket, ferry, region } = await served(t);
  const other = ferry.allocate(MIB, { name: 'cache' });
  // Less than 1M if its first page has other memory, too: that is malloc's choice.
  const size = formatSize(other.migratableBytes);
  await refused(
    t,
    ['--socket', socket],
    2,
    new RegExp(
      `^error: --region: is required, because the ferry has 2 regions.*\\nregion +size +name\\n +${region.id} +8M +heap\\n +${other.id} +${size} +cache\\n$`,
    ),
  );
  await refused(t, ['--socket', socket, '--region', '999'], 2, /^error: --region: unknown region 999/);
  const args = ['--socket', socket, '--region', String(other.id), ...FAST, '--for', '0.5', '--json'];
  const run = new Running(t, args);
  assert.equal(await run.ended(), 0, run.stderr);
  assert.match(run.stdout, /"name":"cache"/);
});

test(
  'a region that is released, and a program that ends, are errors after what was seen',
  REAL,
  async (t) => {
    const { socket, region } = await served(t);
    const run = new Running(t, ['--socket', socket, ...FAST]);
    await run.says(SNAPSHOT);
    await region.release();
    assert.equal(await run.ended(), 1);
    assert.match(run.stderr, /^error: ECANCELED: the region was released\n$/);
    assert.match(run.stdout, /^touched in/m);
    const { socket: second, ferry } = await served(t);
    const closed = new Running(t, ['--socket', second, ...FAST]);
    await closed.says(SNAPSHOT);
    await ferry.close();
    assert.equal(await closed.ended(), 1);
    assert.match(closed.stderr, /^error: (EBADF|ECANCELED): .*\n$/);
  },
);

test('wrong usage exits with 2, and names the flag', () => {
  const cases: readonly (readonly [args: readonly string[], named: RegExp])[] = [
    [['--interval', '0.01'], /--interval.*at least 0\.1 seconds/],
    [['--interval', 'x'], /--interval/],
    [['--for', '0'], /--for/],
    [['--unit', '12K'], /--unit.*power of two/],
    [['--unit', '2G'], /--unit.*4K to 1G/],
    [['--source', 'magic'], /--source.*Use one of auto, hint/],
    [['--pid', '0'], /--pid/],
    [['--region', '-1'], /--region/],
    [['--pid', '1', '--socket', '/tmp/x'], /^error: --pid: cannot be combined with --socket/],
    [['--demo', '--socket', '/tmp/x'], /^error: --demo: cannot be combined/],
    [['--demo', '--pid', '1'], /^error: --demo: cannot be combined/],
    [['--socket', ''], /^error: --socket: /],
    [['--html', '-'], /^error: --html: /],
    [['--json=/tmp/x', '--html', '/tmp/../tmp/x'], /^error: --html: .* also the file of --json/],
    [['--json=/nowhere/x'], /^error: --json: cannot write/],
    [['--bogus'], /unknown option '--bogus'/],
    [['reprot'], /too many arguments/],
    [['record'], /missing required argument 'file'/],
  ];
  for (const [args, named] of cases) {
    const { status, stdout, stderr } = runCli(['heat', ...args]);
    assert.deepEqual([status, stdout], [2, ''], args.join(' '));
    assert.match(stderr, named);
  }
});

test('what listens but is no ferry is found out, also by record', LIMIT, async (t) => {
  for (const kind of ['strange', 'other-http'] as const) {
    const socket = join(temporaryFolder(t), 's');
    const program = await startProgram(socket, kind);
    t.after(() => void program.kill('SIGKILL'));
    for (const args of [[], ['record', join(socket, '..', 'x')]]) {
      const { status, stderr } = runCli(['heat', ...args, '--socket', socket]);
      assert.equal(status, 1);
      assert.match(stderr, /^error: EIO: .*is not a ferry/);
    }
  }
});
