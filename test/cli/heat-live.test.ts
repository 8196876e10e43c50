import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { serveParameters } from '../../src/ferry/serve-parameters.js';
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
    assert.deepEqual(
      [figures.region, figures.source, figures.unitBytes, figures.bytes],
      ['heap', 'hint', 262_144, region.migratableBytes],
    );
    const units = Math.ceil(region.migratableBytes / 262_144);
    for (const name of ['accessesPerSecond', 'ageMs', 'observations', 'known', 'written']) {
      assert.equal(figures[name].length, units, name);
    }
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
  for (const line of lines) assert.equal(JSON.parse(line).region, 'heap');
  assert.match(run.stdout, /^accesses per second/m);
  const page = readFileSync(html, 'utf8');
  assert.match(page, /<figcaption>Heat of heap<\/figcaption>/);
  assert.match(page, /<figcaption>Working set: memory touched within a time<\/figcaption>/);
});

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
    assert.match(run.stdout, /"region":"heap"/);
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

test('several regions are listed, and --region chooses one', REAL, async (t) => {
  const { socket, ferry, region } = await served(t);
  const other = ferry.allocate(MIB, { name: 'cache' });
  await refused(
    t,
    ['--socket', socket],
    2,
    new RegExp(
      `^error: --region: is required, because the ferry has 2 regions.*\\nregion +size +name\\n +${region.id} +8M +heap\\n +${other.id} +1020K +cache\\n$`,
    ),
  );
  await refused(t, ['--socket', socket, '--region', '999'], 2, /^error: --region: unknown region 999/);
  const args = ['--socket', socket, '--region', String(other.id), ...FAST, '--for', '0.5', '--json'];
  const run = new Running(t, args);
  assert.equal(await run.ended(), 0, run.stderr);
  assert.match(run.stdout, /"region":"cache"/);
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
