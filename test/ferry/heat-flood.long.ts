import './support/watchdog.js';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { serveParameters } from '../../src/ferry/serve-parameters.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import { ask } from './support/http-request.js';
import { temporaryFolder } from './support/parameter-server-fixture.js';
import { openRaw } from './support/raw-request.js';

/** Uses a page here and there, so that snapshots differ. */
const PROGRAM = `
  const bytes = new Uint8Array(require('node:worker_threads').workerData);
  for (;;) {
    for (let i = 0; i < 500; i++) bytes[Math.floor(Math.random() * bytes.length)]++;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }`;

test('clients that do not read what they watch are cut off, and others can watch', LIMIT, async (t) => {
  await withFerry({}, async (ferry) => {
    const path = join(temporaryFolder(t), 's');
    const buffer = new SharedArrayBuffer(64 * MIB);
    new Uint8Array(buffer).fill(1);
    const region = ferry.adopt(buffer);
    await serveParameters(ferry, path);
    const worker = new Worker(PROGRAM, { eval: true, workerData: buffer });
    const address = `/heat/${region.id}?intervalMs=100&unitBytes=4096&minUnitBytes=4096`;
    const clients = await Promise.all(Array.from({ length: 16 }, () => openRaw(path)));
    for (const { socket } of clients) {
      socket.pause();
      socket.write(`GET ${address} HTTP/1.1\r\nHost: x\r\n\r\n`);
    }
    // A client that is cut off finds out when it writes.
    await Promise.all(
      clients.map(
        ({ socket }) =>
          new Promise<void>((resolve) => {
            const timer = setInterval(() => socket.write('\r\n'), 100);
            socket.once('error', () => {
              clearInterval(timer);
              resolve();
            });
          }),
      ),
    );
    const { status, body } = await ask(path, 'GET', '/heat');
    assert.equal(status, 200, body);
    const again = await openRaw(path);
    again.socket.write(`GET ${address} HTTP/1.1\r\nHost: x\r\n\r\n`);
    while (!again.received().includes('\r\n\r\n')) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.match(again.received(), /^HTTP\/1\.1 200 /);
    again.socket.destroy();
    await ferry.close();
    await worker.terminate();
  });
});
