import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const ENV = { ...process.env, NODE_DEBUG: '' };
/** Quick, with figures that have characters beyond ASCII. */
const BREAKEVEN = ['sim', 'breakeven', '--folio', '4K,2M', '--max-batch', '4M'];
const NO_FULL = existsSync('/dev/full') ? false : 'there is no /dev/full';

/** Runs a command whose reader closes the pipe before anything is written. */
async function unread(
  args: readonly string[],
  which: 'stdout' | 'stderr',
): Promise<{ status: number; other: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
  child[which].destroy();
  const pieces: Buffer[] = [];
  child[which === 'stdout' ? 'stderr' : 'stdout'].on('data', (piece: Buffer) => pieces.push(piece));
  const [status] = (await once(child, 'close')) as [number];
  return { status, other: Buffer.concat(pieces).toString() };
}

/** Runs a command by a shell, which redirects its outputs. */
function inShell(redirected: string, env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', `"$NODE" "$MAIN" ${redirected}`], {
    encoding: 'utf8',
    timeout: 240_000,
    env: { ...ENV, NODE: process.execPath, MAIN, ...env },
  });
  return { status, stdout, stderr };
}

test('a reader that has closed standard output is no error: the command ends as it would', async () => {
  for (const args of [['sim', 'breakeven'], [...BREAKEVEN, '--json'], ['--help'], ['explore', '--list']]) {
    assert.deepEqual(await unread(args, 'stdout'), { status: 0, other: '' }, args.join(' '));
  }
});

test('what a closed standard output does not take, a file does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pageferry-'));
  const file = join(folder, 'figures.json');
  assert.deepEqual(await unread([...BREAKEVEN, `--json=${file}`], 'stdout'), { status: 0, other: '' });
  assert.equal(typeof JSON.parse(readFileSync(file, 'utf8')), 'object');
  rmSync(folder, { recursive: true });
});

test('a reader that has closed standard error changes neither the exit code nor standard output', async () => {
  const { status, other } = await unread(['sim', 'breakeven', '--profile', 'none-such'], 'stderr');
  assert.deepEqual([status, other], [2, '']);
  assert.match((await unread(['explore', '--list'], 'stderr')).other, /scenario/);
});

test('a full disk behind standard output is an error, said once', { skip: NO_FULL }, () => {
  for (const args of [`${BREAKEVEN.join(' ')} --json`, 'explore --list']) {
    const { status, stderr } = inShell(`${args} >/dev/full`);
    assert.equal(status, 1, args);
    assert.match(stderr, /^error: cannot write to standard output: ENOSPC[^\n]*\n$/, args);
  }
  assert.equal(inShell('sim breakeven --profile none-such 2>/dev/full').status, 2);
  const figures = inShell(`${BREAKEVEN.join(' ')} --json=/dev/full`);
  assert.equal(figures.status, 1);
  assert.match(
    figures.stderr,
    /^error: --json: cannot write '\/dev\/full' \(ENOSPC\)\. The file system is full[^\n]*\n$/,
  );
  assert.match(
    inShell('sim breakeven --json=/none/such').stderr,
    /--json: cannot write '\/none\/such': '\/none' does not exist \(ENOENT\)/,
  );
});

test('JSON has the same values in an ASCII locale', () => {
  const json = `${BREAKEVEN.join(' ')} --json`;
  const [utf8, ascii] = [{ LC_ALL: 'C.UTF-8' }, { LC_ALL: 'C' }].map((env) => inShell(json, env).stdout);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
  assert.doesNotMatch(ascii!, /[^\x00-\x7f]/);
  assert.deepEqual(JSON.parse(ascii!), JSON.parse(utf8!));
});
