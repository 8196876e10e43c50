import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ParameterTree } from '../../src/parameters/parameter-tree.js';
import { ParameterServer } from '../../src/parameters/socket/parameter-server.js';
import { ask } from './support/http-request.js';
import { temporaryFolder } from './support/parameter-server-fixture.js';

const SERVER = new URL('../../src/parameters/socket/parameter-server.js', import.meta.url).href;
const TREE = new URL('../../src/parameters/parameter-tree.js', import.meta.url).href;
const isRoot = process.geteuid?.() === 0;

function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o7777).toString(8);
}

/** A program of its own that listens at its first argument, then does `rest`. */
function program(rest: string): string {
  return `
    import { ParameterServer } from '${SERVER}';
    import { ParameterTree } from '${TREE}';
    const server = await ParameterServer.listen(process.argv[1], new ParameterTree());
    ${rest}`;
}

test('only its owner may open the socket, whatever the umask', async (t) => {
  const folder = temporaryFolder(t);
  const before = process.umask(0);
  t.after(() => void process.umask(before));
  const server = await ParameterServer.listen(join(folder, 's'), new ParameterTree());
  assert.equal(modeOf(join(folder, 's')), '600');
  assert.equal(process.umask(), 0);
  assert.deepEqual(readdirSync(folder), ['s']);
  await server.close();
  assert.deepEqual(readdirSync(folder), []);
});

test('a worker thread can listen too', async (t) => {
  const path = join(temporaryFolder(t), 's');
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     (async () => {
       const { ParameterServer } = await import('${SERVER}');
       const { ParameterTree } = await import('${TREE}');
       const server = await ParameterServer.listen(workerData, new ParameterTree());
       parentPort.postMessage('listens');
       parentPort.once('message', async () => { await server.close(); parentPort.postMessage('closed'); });
     })();`,
    { eval: true, workerData: path },
  );
  t.after(() => void worker.terminate());
  const said = () => new Promise((resolve) => worker.once('message', resolve));
  assert.equal(await said(), 'listens');
  assert.equal(modeOf(path), '600');
  assert.equal((await ask(path, 'GET', '/')).body, '[]\n');
  const closed = said();
  worker.postMessage('close');
  assert.equal(await closed, 'closed');
  assert.ok(!existsSync(path));
});

test('a path may have as many bytes as the kernel takes, and not one more', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const folder = temporaryFolder(t);
  for (const letter of ['x', 'é']) {
    const room = 107 - Buffer.byteLength(`${folder}/`);
    const name = letter
      .repeat(Math.floor(room / Buffer.byteLength(letter)))
      .padEnd(letter === 'x' ? room : 0);
    const padded = name + 'y'.repeat(room - Buffer.byteLength(name));
    const server = await ParameterServer.listen(join(folder, padded), new ParameterTree());
    assert.deepEqual(readdirSync(folder), [padded]);
    assert.equal(modeOf(join(folder, padded)), '600');
    assert.equal((await ask(join(folder, padded), 'GET', '/')).status, 200);
    await server.close();
    assert.deepEqual(readdirSync(folder), []);
    await assert.rejects(ParameterServer.listen(join(folder, `${padded}z`), new ParameterTree()), {
      code: 'ENAMETOOLONG',
      message: /has 108 bytes, .* at most 107/,
    });
    assert.deepEqual(readdirSync(folder), []);
  }
});

test('a relative path is the one in the directory where it was given', async (t) => {
  const folder = temporaryFolder(t);
  const before = process.cwd();
  const server = await ParameterServer.listen(relative(before, join(folder, 's')), new ParameterTree());
  t.after(() => process.chdir(before));
  process.chdir(folder);
  await server.close();
  assert.deepEqual(readdirSync(folder), []);
});

test('what is no path is refused', async () => {
  for (const path of ['', 'a\0b', '\0abstract', undefined, 5] as string[]) {
    await assert.rejects(ParameterServer.listen(path, new ParameterTree()), {
      code: 'EINVAL',
      argument: 'path',
    });
  }
});

test('a path at which a live process listens is refused, and stays as it is', async (t) => {
  const path = join(temporaryFolder(t), 's');
  const first = await ParameterServer.listen(path, new ParameterTree());
  await assert.rejects(ParameterServer.listen(path, new ParameterTree()), {
    code: 'EADDRINUSE',
    message: /another process listens/,
  });
  assert.equal((await ask(path, 'GET', '/')).status, 200);
  await first.close();
});

test('a socket left over is refused with how to remove it', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 's');
  spawnSync(process.execPath, [
    '--input-type=module',
    '-e',
    program("process.kill(process.pid, 'SIGKILL');"),
    path,
  ]);
  await assert.rejects(ParameterServer.listen(path, new ParameterTree()), {
    code: 'EADDRINUSE',
    message: /stale socket/,
    advice: new RegExp(`rm '${path}'`),
  });
  assert.deepEqual(readdirSync(folder), ['s']);
});

test('a path with something else is refused, and that stays', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), 'mine');
  mkdirSync(join(folder, 'folder'));
  symlinkSync('nowhere', join(folder, 'link'));
  for (const name of ['file', 'folder', 'link']) {
    await assert.rejects(ParameterServer.listen(join(folder, name), new ParameterTree()), {
      code: 'EADDRINUSE',
      message: /already a file/,
    });
  }
  assert.deepEqual(readdirSync(folder), ['file', 'folder', 'link']);
});

test("another user's socket is refused as that", {
  skip: !isRoot && 'only root can give files away',
}, async (t) => {
  const path = join(temporaryFolder(t), 's');
  const server = await ParameterServer.listen(path, new ParameterTree());
  chownSync(path, 65534, 65534);
  await assert.rejects(ParameterServer.listen(path, new ParameterTree()), {
    code: 'EADDRINUSE',
    message: /another user \(uid 65534\)/,
  });
  await server.close();
});

test('a directory that is missing, or none, or closed to this user is refused as that', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  const cases = [
    ['missing/s', 'ENOENT', /directory '.*missing' does not exist/],
    ['file/s', 'ENOTDIR', /directory '.*file' is not a directory/],
  ] as const;
  for (const [name, code, message] of cases) {
    await assert.rejects(ParameterServer.listen(join(folder, name), new ParameterTree()), { code, message });
  }
  assert.deepEqual(readdirSync(folder), ['file']);
});

test('a directory that this user may not write to is refused', { skip: isRoot && 'root may' }, async (t) => {
  const folder = join(temporaryFolder(t), 'closed');
  mkdirSync(folder);
  chmodSync(folder, 0o500);
  await assert.rejects(ParameterServer.listen(join(folder, 's'), new ParameterTree()), { code: 'EACCES' });
});

test('close leaves what has taken the place of the socket', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 's');
  const first = await ParameterServer.listen(path, new ParameterTree());
  rmSync(path);
  const second = await ParameterServer.listen(path, new ParameterTree());
  await first.close();
  assert.equal((await ask(path, 'GET', '/')).status, 200);
  renameSync(path, join(folder, 'elsewhere'));
  writeFileSync(path, 'mine');
  await second.close();
  assert.deepEqual(readdirSync(folder), ['elsewhere', 's']);
});

test('a path is free again after close', async (t) => {
  const path = join(temporaryFolder(t), 's');
  for (let i = 0; i < 3; i++) await (await ParameterServer.listen(path, new ParameterTree())).close();
  assert.ok(!existsSync(path));
});

test('a server keeps no process alive, and its socket goes with the process', (t) => {
  const folder = temporaryFolder(t);
  for (const rest of [
    '',
    'process.exit(0);',
    "(await import('node:net')).connect(process.argv[1]).unref();",
  ]) {
    const path = join(folder, 's');
    const { status, signal, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', program(rest), path],
      { timeout: 180_000, encoding: 'utf8' },
    );
    assert.deepEqual([status, signal, stderr], [0, null, '']);
    assert.deepEqual(readdirSync(folder), []);
  }
});
