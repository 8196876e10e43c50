import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serveParameters } from '../../src/ferry/serve-parameters.js';
import { MAGIC } from '../../src/heat/recording/format.js';
import { type Ferry, openFerry, type Region } from '../../src/index.js';
import { assertContent, fill } from '../ferry/support/content.js';
import { LIMIT, MIB } from '../ferry/support/fixture.js';
import { temporaryFolder } from '../ferry/support/parameter-server-fixture.js';
import { startProgram } from './listening-program.js';
import { hostCannot, runCli } from './run-cli.js';
import { noTerminal, runInTerminal } from './support/run-in-terminal.js';

const skip = hostCannot();
const REAL = { ...LIMIT, skip };
const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

interface Served {
  readonly ferry: Ferry;
  readonly folder: string;
  readonly socket: string;
  readonly buffer: SharedArrayBuffer;
  readonly region: Region;
}

/** A ferry of this process with a region of 8 MiB. */
async function served(t: TestContext): Promise<Served> {
  const folder = temporaryFolder(t);
  const socket = join(folder, 's');
  const ferry = await openFerry();
  t.after(() => ferry.close());
  const buffer = new SharedArrayBuffer(8 * MIB);
  fill(buffer);
  const region = ferry.adopt(buffer, { name: 'heap' });
  await serveParameters(ferry, socket);
  return { ferry, folder, socket, buffer, region };
}

/** `pageferry heat …` as a process of its own, while this thread serves it. */
class Running {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';

  constructor(t: TestContext, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [MAIN, 'heat', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_DEBUG: '', ...env },
    });
    t.after(() => void this.child.kill('SIGKILL'));
    this.child.stdout!.on('data', (chunk) => {
      this.stdout += String(chunk);
    });
    this.child.stderr!.on('data', (chunk) => {
      this.stderr += String(chunk);
    });
  }

  /** Waits for text on standard output. */
  async says(text: RegExp): Promise<void> {
    while (!text.test(this.stdout)) {
      if (this.child.exitCode !== null) assert.fail(`it ended: ${this.stdout}${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** The exit code. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return this.child.exitCode;
  }
}

async function refused(t: TestContext, args: readonly string[], status: number, named: RegExp) {
  const run = new Running(t, args);
  assert.deepEqual([await run.ended(), run.stdout], [status, ''], run.stderr);
  assert.match(run.stderr, named);
  assert.doesNotMatch(run.stderr, /^\s+at /m);
}

const FAST = ['--interval', '0.1'];
const SNAPSHOT = /^ +[\d.]+ s /m;

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

test('a path that is too long for its name is found by --socket only', REAL, async (t) => {
  const ferry = await openFerry();
  t.after(() => ferry.close());
  const path = join(temporaryFolder(t), 'x'.repeat(80));
  await serveParameters(ferry, path);
  await refused(t, ['--pid', String(process.pid)], 1, /^error: ENAMETOOLONG: --pid: .* --socket/);
  await refused(t, ['--socket', path], 1, /^error: ENOENT: the ferry has no regions/);
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

test('a recording is read by heat report: after --for, Ctrl-C, SIGKILL and a release', REAL, async (t) => {
  const { socket, folder, region } = await served(t);
  const states = { for: 'whole', interrupt: 'whole', kill: 'truncated', release: 'whole' };
  for (const [how, state] of Object.entries(states)) {
    const file = join(folder, `${how}.pfheat`);
    const ends = how === 'for' ? ['--for', '0.6'] : [];
    const run = new Running(t, ['record', file, '--socket', socket, ...FAST, '--unit', '64K', ...ends]);
    await run.says(/^Recording heap \(8M\) to /);
    if (how !== 'for')
      while (statSync(file).size < 3000) await new Promise((resolve) => setTimeout(resolve, 20));
    if (how === 'interrupt') run.child.kill('SIGINT');
    else if (how === 'kill') run.child.kill('SIGKILL');
    else if (how === 'release') await region.release();
    assert.equal(await run.ended(), how === 'kill' ? null : how === 'release' ? 1 : 0, run.stderr);
    if (how !== 'kill') assert.match(run.stdout, /^\d+ snapshots? in [\d.]+ s, [\d.]+(K| bytes) in /m);
    const report = runCli(['heat', 'report', file, '--json']);
    assert.equal(report.status, 0, report.stderr);
    const { recording, workingSets } = JSON.parse(report.stdout);
    assert.deepEqual([recording.state, recording.name, recording.unitBytes], [state, 'heap', 65_536], how);
    assert.ok(recording.snapshots >= 1 && workingSets.length === 3);
  }
});

test(
  'record does not replace a file without --force, nor leave one if the watch is refused',
  REAL,
  async (t) => {
    const { socket, folder } = await served(t);
    const file = join(folder, 'there');
    writeFileSync(file, 'mine');
    await refused(
      t,
      ['record', file, '--socket', socket],
      2,
      /^error: file: '.*' already exists\. Use --force/,
    );
    await refused(t, ['record', join(folder, 'none', 'x'), '--demo'], 2, /^error: file: cannot write/);
    await refused(t, ['record', folder, '--demo'], 2, /^error: file: .* is a directory/);
    assert.equal(readFileSync(file, 'utf8'), 'mine');
    const other = join(folder, 'other');
    await refused(t, ['record', other, '--socket', join(folder, 'missing')], 1, /^error: ENOENT: --socket: /);
    assert.ok(!existsSync(other));
    const run = new Running(t, ['record', file, '--force', '--socket', socket, ...FAST, '--for', '0.5']);
    assert.equal(await run.ended(), 0, run.stderr);
    assert.deepEqual(readFileSync(file).subarray(0, MAGIC.length), Buffer.from(MAGIC));
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

const TERMINAL = { ...LIMIT, skip: skip || noTerminal() };
const [ENTER, LEAVE] = ['\u001b[?1049h\u001b[?25l', '\u001b[?25h\u001b[?1049l'];
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
      // The second picture begins. The text is shown nowhere else.
      const { status, output } = runInTerminal(['heat', '--demo', ...FAST], columns, env, {
        rows,
        interruptAfter: '\u001b[J\u001b[H',
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
  assert.equal(last.region, 'demo');
  const rates: number[] = last.accessesPerSecond.map((rate: number | null) => rate ?? 0);
  rates.sort((a, b) => a - b);
  assert.ok(rates.at(-1)! > 4 * rates[rates.length / 2]!, String(rates));
  assert.deepEqual(readdirSync(folder), []);
});
