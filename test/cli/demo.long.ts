import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { availableBytes } from '../../src/linux/sys/topology.js';
import { sampled } from '../deep.js';
import { hostCannot, runCli } from './run-cli.js';

const skip = hostCannot();
const SHORT = ['demo', '--bytes', '16M', '--seconds', '1', '--json'];

interface Waits {
  readonly p50us: number;
  readonly p99us: number;
  readonly maxus: number;
  readonly p9999us: number;
}

interface Report {
  readonly schema: string;
  readonly bytesMoved: number;
  readonly updates: number;
  readonly lost: number;
  readonly reader: Waits;
  readonly writer: Waits;
  readonly modes: readonly {
    readonly copyMode: string;
    readonly bytesMoved: number;
    readonly reader: Waits;
    readonly writer: Waits;
  }[];
  readonly canWriteProtect: boolean;
}

test('demo --json moves bytes, loses no update, and prints its schema and nothing else', { skip }, () => {
  const { status, stdout } = runCli(SHORT);
  const report = JSON.parse(stdout) as Report;
  assert.equal(status, 0);
  assert.equal(report.schema, 'pageferry.demo/1');
  assert.deepEqual(Object.keys(report), [
    'schema',
    'host',
    'bytesMoved',
    'GBps',
    'updates',
    'lost',
    'reader',
    'writer',
    'foliosFailed',
    'modes',
    'canWriteProtect',
  ]);
  for (const waits of [report.reader, report.writer]) {
    assert.deepEqual(Object.keys(waits), ['p50us', 'p99us', 'maxus', 'p9999us']);
    assert.ok(waits.maxus > 0);
  }
  assert.ok(report.bytesMoved > 0);
  assert.ok(report.updates > 0);
  assert.equal(report.lost, 0);
});

test('demo runs a part of its time in each copy mode, and says so when it cannot', { skip }, () => {
  const { stdout } = runCli(SHORT);
  const { bytesMoved, modes, canWriteProtect } = JSON.parse(stdout) as Report;
  assert.deepEqual(
    modes.map(({ copyMode }) => copyMode),
    canWriteProtect ? ['exclusive', 'write-protected'] : ['exclusive'],
  );
  assert.equal(
    modes.reduce((sum, mode) => sum + mode.bytesMoved, 0),
    bytesMoved,
  );
  for (const { reader, writer } of modes) assert.ok(reader.maxus > 0 && writer.maxus > 0);
  const text = runCli(SHORT.filter((arg) => arg !== '--json')).stdout;
  assert.match(text, /^reader waits {3}exclusive {7}p50 .*, p99\.99 .*, longest /m);
  assert.match(
    text,
    canWriteProtect ? /^reader waits {3}write-protected p50 /m : /nothing was write-protected/,
  );
});

test('demo works with huge folios, small batches, more threads and without a migrator', { skip }, () => {
  const variants = [
    ['--folio', '2M'],
    ['--batch-bytes', '4K', '--migrator', 'none'],
    ['--load-threads', '3', '--folio', '64K'],
    ['--migrator', 'mtcopy'],
    ['--migrator', 'dcbm', '--channels', '2'],
  ];
  for (const variant of sampled(variants, 2)) {
    const { status, stdout } = runCli([...SHORT, ...variant]);
    assert.equal(status, 0, stdout);
    assert.equal((JSON.parse(stdout) as Report).lost, 0);
  }
});

test('an interrupted demo ends cleanly, with the results so far', { skip }, async () => {
  const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
  const child = spawn(process.execPath, [main, 'demo', '--bytes', '16M', '--seconds', '600', '--json'], {
    env: { ...process.env, NODE_DEBUG: 'pageferry' },
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (text.includes('the load is running')) child.kill('SIGINT');
  });
  const [status] = await once(child, 'close');
  assert.equal(status, 0);
  assert.equal((JSON.parse(stdout) as Report).lost, 0);
});

test('a buffer that does not fit exits with 3 and says what would', { skip }, (t) => {
  // With room for all of it and more, it would only run, and for long.
  if (availableBytes(0) > 12 * 2 ** 30) return t.skip('this host has room for the largest demo');
  const { status, stderr } = runCli(['demo', '--bytes', '4G', '--seconds', '0.1']);
  if (status === 0) t.skip('this host has room for the largest demo');
  else {
    assert.equal(status, 3);
    assert.match(stderr, /Use --bytes \d+M or less/);
  }
});
