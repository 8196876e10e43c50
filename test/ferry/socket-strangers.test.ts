import './support/watchdog.js';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs, { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import { mock, type TestContext, test } from 'node:test';
import { ParameterTree } from '../../src/parameters/parameter-tree.js';
import { ParameterServer } from '../../src/parameters/socket/parameter-server.js';
import { ask } from './support/http-request.js';
import { temporaryFolder } from './support/parameter-server-fixture.js';

/** nobody, on most systems; any user but this one would do. */
const STRANGER = 65_534;

const CONNECT = `
  const socket = require('node:net').connect(process.argv[1]);
  socket.on('connect', () => { console.log('connected'); process.exit(); });
  socket.on('error', ({ code }) => { console.log(code); process.exit(); });
`;

/** What another user's connect(2) gives: `connected`, or an errno name. */
function strangerConnects(path: string): string {
  const { stdout, error } = spawnSync(process.execPath, ['-e', CONNECT, path], {
    uid: STRANGER,
    gid: STRANGER,
    cwd: '/',
    encoding: 'utf8',
    timeout: 180_000,
  });
  return error === undefined ? stdout.trim() : String(error);
}

function cannotBeAnother(): string | false {
  if (process.geteuid?.() !== 0) return 'only root can be another user';
  const { status, error } = spawnSync(process.execPath, ['-e', ''], {
    uid: STRANGER,
    gid: STRANGER,
    cwd: '/',
  });
  return status === 0 ? false : `another user cannot run node here: ${error?.message ?? `status ${status}`}`;
}
const skip = cannotBeAnother();

/** A directory that everybody may enter, so that it is the socket that refuses. */
function openFolder(t: TestContext): string {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  return folder;
}

/** Replaces a function of node:fs for everybody, until the test ends. */
function replace<K extends 'chmodSync' | 'mkdtempSync' | 'openSync'>(
  t: TestContext,
  name: K,
  by: (original: (typeof fs)[K]) => unknown,
): void {
  mock.method(fs, name, by(fs[name]) as (typeof fs)[K]);
  syncBuiltinESMExports();
  t.after(() => {
    mock.restoreAll();
    syncBuiltinESMExports();
  });
}

test('another user is refused by the kernel, and the ferry does not hear of it', { skip }, async (t) => {
  const path = join(openFolder(t), 's');
  const server = await ParameterServer.listen(path, new ParameterTree());
  assert.equal(strangerConnects(path), 'EACCES');
  assert.equal((await ask(path, 'GET', '/')).status, 200);
  // It is the mode that refuses: an owner who opens it to others has opened it.
  chmodSync(path, 0o666);
  assert.equal(strangerConnects(path), 'connected');
  await server.close();
});

test('at no moment before that could another user connect, whatever the umask', { skip }, async (t) => {
  const folder = openFolder(t);
  const umask = process.umask(0);
  t.after(() => void process.umask(umask));
  const seen: unknown[] = [];
  replace(t, 'chmodSync', (original) => (path: string, mode: number) => {
    // It is bound, and has the mode that it was born with.
    assert.equal(lstatSync(path).mode & 0o777, 0o777);
    const [born] = readdirSync(folder);
    seen.push(strangerConnects(join(folder, born!, basename(path))), readdirSync(folder).length);
    original(path, mode);
  });
  const server = await ParameterServer.listen(join(folder, 's'), new ParameterTree());
  assert.deepEqual(seen, ['EACCES', 1]);
  await server.close();
});

/** A directory that somebody would have us change or remove. */
function victim(folder: string): { path: string; check(): void } {
  const path = join(folder, 'victim');
  mkdirSync(path, 0o755);
  writeFileSync(join(path, 'file'), 'mine', { mode: 0o644 });
  return {
    path,
    check: () => {
      assert.equal(lstatSync(path).mode & 0o777, 0o755);
      assert.equal(lstatSync(join(path, 'file')).mode & 0o777, 0o644);
      assert.equal(readFileSync(join(path, 'file'), 'utf8'), 'mine');
    },
  };
}

test('a directory that is put in the place of ours is noticed, and not touched', async (t) => {
  const folder = temporaryFolder(t);
  const other = victim(folder);
  for (const kind of ['link', 'directory'] as const) {
    replace(t, 'mkdtempSync', (original) => (prefix: string) => {
      const made = original(prefix);
      fs.renameSync(made, `${made}-away`);
      if (kind === 'link') fs.symlinkSync(other.path, made);
      else mkdirSync(made, { mode: 0o777 });
      if (kind === 'directory') chmodSync(made, 0o777);
      return made;
    });
    await assert.rejects(ParameterServer.listen(join(folder, 's'), new ParameterTree()), {
      code: 'EACCES',
      argument: 'path',
      message: /was renamed or replaced/,
    });
    mock.restoreAll();
    syncBuiltinESMExports();
    other.check();
    assert.ok(!readdirSync(folder).includes('s'));
  }
});

test('a directory that is put in its place later changes nothing: the one that is open is used', {
  skip: process.platform !== 'linux' && 'needs /proc/self/fd',
}, async (t) => {
  const folder = temporaryFolder(t);
  const other = victim(folder);
  replace(t, 'openSync', (original) => (path: string, ...rest: [number]) => {
    const descriptor = original(path, ...rest);
    if (!basename(path).startsWith('.pageferry-')) return descriptor;
    fs.renameSync(path, `${path}-away`);
    // As chmod would follow it: the name of the socket leads to the victim's file.
    mkdirSync(path);
    fs.symlinkSync(join(other.path, 'file'), join(path, basename(path)));
    return descriptor;
  });
  const server = await ParameterServer.listen(join(folder, 's'), new ParameterTree());
  other.check();
  assert.equal(lstatSync(join(folder, 's')).mode & 0o777, 0o600);
  assert.equal((await ask(join(folder, 's'), 'GET', '/')).status, 200);
  await server.close();
  other.check();
});

test('a link to a socket is not followed, and both stay', async (t) => {
  const folder = temporaryFolder(t);
  const server = await ParameterServer.listen(join(folder, 's'), new ParameterTree());
  fs.symlinkSync('s', join(folder, 'link'));
  await assert.rejects(ParameterServer.listen(join(folder, 'link'), new ParameterTree()), {
    code: 'EADDRINUSE',
  });
  assert.deepEqual(readdirSync(folder), ['link', 's']);
  await server.close();
  assert.deepEqual(readdirSync(folder), ['link']);
});
