import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AutoReport } from '../../src/auto/report.js';
import { CLI, PRELOAD, runNode, runWithSignals, scriptOf } from './support/run-program.js';

const MIN_SIZE = { PAGEFERRY_AUTO_MIN_SIZE: '16M' };

/** Runs a test with the names of a report and of a socket, by which programs know that the ferry is open. */
async function withReport(use: (file: string, socket: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pageferry-auto-'));
  try {
    await use(join(folder, 'report.json'), { PAGEFERRY_AUTO_SOCKET: join(folder, 'ferry.sock') });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const read = (file: string): AutoReport => JSON.parse(readFileSync(file, 'utf8')) as AutoReport;

test('it adopts memories that are large, or become so, and releases those that are dropped', async () => {
  await withReport(async (file, socket) => {
    const args = ['--expose-gc', '--require', PRELOAD, scriptOf('memories')];
    const { code, stderr } = await runWithSignals(args, [['SIGTERM'], ['SIGTERM']], {
      ...MIN_SIZE,
      ...socket,
      PAGEFERRY_AUTO_REPORT: file,
    });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const { adopted, now, refused, autopilot } = read(file);
    // A shared, a growable, a made, a grown, a shared one of WebAssembly, and one that its module has grown.
    assert.deepEqual([adopted.count, refused], [6, []]);
    // What V8 still holds by some frame of the script is its own affair, but at least three of four are gone.
    assert.ok(now.count >= 3 && now.count <= 4, `${now.count} are left`);
    assert.equal(autopilot.state, 'running');
  });
});

test('it reports on SIGUSR2, if a report was asked for', async () => {
  await withReport(async (_, socket) => {
    const args = ['--expose-gc', '--require', PRELOAD, scriptOf('memories')];
    const { code, stderr } = await runWithSignals(args, [['SIGUSR2', 'SIGTERM'], ['SIGTERM']], {
      ...MIN_SIZE,
      ...socket,
      PAGEFERRY_AUTO_REPORT: '-',
    });
    assert.equal(code, 0);
    const reports = stderr.match(/^pageferry: adopted 6 memories of 16M or more.*$/gm);
    assert.equal(reports?.length, 2, stderr);
  });
});

test('a report without a large memory says so', () => {
  const { stdout, stderr, code } = runNode([CLI, 'run', '--report', '-e', 'console.log(1)']);
  assert.equal(code, 2, 'options of node are not options of run');
  assert.match(stderr, /unknown option '-e'/);
  assert.equal(stdout, '');
  const ended = runNode([CLI, 'run', '--report', scriptOf('observables')]);
  assert.match(ended.stderr, /pageferry: no memory was large enough to adopt: the largest had 0\.\d+M\n$/);
});

test('memory that pageferry has made for itself is not adopted', async () => {
  await withReport(async (file, socket) => {
    const { stderr } = runNode(['--require', PRELOAD, scriptOf('one-memory')], {
      ...socket,
      PAGEFERRY_AUTO_MIN_SIZE: '8K',
      PAGEFERRY_AUTO_REPORT: file,
    });
    assert.equal(stderr, '');
    assert.deepEqual(read(file).adopted, { count: 1, bytes: 2 ** 20 });
  });
});

test('a program that opens a ferry gets its memory back', async () => {
  await withReport(async (file, socket) => {
    const variables = { ...MIN_SIZE, ...socket, PAGEFERRY_AUTO_REPORT: file };
    const { code, stdout, stderr } = runNode(['--require', PRELOAD, scriptOf('own-ferry')], variables);
    assert.deepEqual([code, stdout, stderr], [0, 'adopted 33554432\nadopted 33554432\n', '']);
    const { adopted, now, gaveWay, autopilot } = read(file);
    assert.deepEqual([adopted.count, now.count, gaveWay, autopilot.state], [1, 0, true, 'stopped']);
  });
});

test('a setting that is not valid leaves the program unchanged, and says why', () => {
  const args = ['--require', PRELOAD, scriptOf('endings'), 'code', '1000'];
  for (const [name, value] of [
    ['PAGEFERRY_AUTO_MIN_SIZE', 'much'],
    ['PAGEFERRY_AUTO_POLICY', 'best'],
    ['PAGEFERRY_AUTO_CPU_SHARE', '7'],
  ] as const) {
    const { stdout, stderr, code } = runNode(args, { [name]: value });
    assert.equal(code, 42);
    assert.match(stdout, /exit 42/);
    assert.match(
      stderr,
      new RegExp(`^pageferry: the program runs unchanged: ${name}: '${value}' is not valid[^\n]+\n$`),
    );
  }
  const { stderr, code } = runNode([CLI, 'run', '--cpu-share', '7', 'app.mjs']);
  assert.equal(code, 2);
  assert.match(stderr, /--cpu-share.*must be a number from 0.0001 to 1/s);
});

test('on a host that cannot migrate the program runs unchanged, and one line says why', {
  skip: (process.platform !== 'linux' || process.geteuid?.() !== 0) && 'only root can give up a permission',
}, () => {
  const give = 'process.setgid(65534); process.setuid(65534);';
  const code = `${give} const memory = new SharedArrayBuffer(2 ** 27); setTimeout(() => console.log('done'), 1500);`;
  const { stdout, stderr, code: exit } = runNode(['--require', PRELOAD, '-e', code]);
  assert.equal(exit, 0);
  assert.equal(stdout, 'done\n');
  assert.match(stderr, /^(pageferry: the program runs unchanged: [^\n]+\n)?$/);
});
