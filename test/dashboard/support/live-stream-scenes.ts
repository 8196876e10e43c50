import assert from 'node:assert/strict';
import { EventEmitter, on } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { HTTP_LIMITS } from '../../../src/dashboard/limits.js';
import { LiveStream } from '../../../src/dashboard/live/live-stream.js';
import { FakeFerry } from './fake-ferry.js';

/** An answer whose client takes what it is told to take. */
class FakeResponse extends EventEmitter {
  writableLength = 0;
  written = 0;
  closed = false;

  write(text: string): void {
    this.written++;
    this.emit('written', text);
  }

  destroy(): void {
    this.closed = true;
    this.emit('close');
  }

  readonly #texts = on(this, 'written');

  async next(): Promise<string> {
    return String(((await this.#texts.next()).value as [string])[0]);
  }
}

/** Neither a stream nor a client that reads nothing keeps the process alive. */
export function keepAlive(context: TestContext): void {
  const alive = setInterval(() => undefined, 1000);
  context.after(() => clearInterval(alive));
}

/** A stream with a client that was found to be too far behind, and another one that is served. */
export async function fallenBehind(context: TestContext) {
  const stream = new LiveStream(new FakeFerry(), { migrations: () => [] });
  keepAlive(context);
  context.after(() => stream.close());
  const client = new FakeResponse();
  stream.add(client as unknown as ServerResponse);
  assert.match(await client.next(), /^event: state/);
  assert.match(await client.next(), /^event: tick/);
  client.writableLength = HTTP_LIMITS.streamBehind + 1;
  const other = new FakeResponse();
  stream.add(other as unknown as ServerResponse);
  const { written } = client;
  for (let i = 0; i < 3; i++) await other.next();
  assert.equal(client.written, written);
  return { stream, client, other };
}

export const IS_DISCONNECTED_CASES = [
  ['reads nothing', HTTP_LIMITS.streamBehind + 1],
  ['reads something and then stops', 1],
] as const;

export function isDisconnected(cases: readonly (typeof IS_DISCONNECTED_CASES)[number][]): void {
  for (const [how, queued] of cases) {
    test(`a client that fell behind and ${how} is disconnected`, async (context) => {
      const { stream, client, other } = await fallenBehind(context);
      client.writableLength = queued;
      let now = performance.now();
      context.mock.method(performance, 'now', () => now);
      const { written } = client;
      now += HTTP_LIMITS.streamPatience - 1000;
      await other.next();
      assert.equal(client.closed, false);
      now += 2000;
      // This one is sent to the others at the earliest after the client was disconnected.
      await other.next();
      await other.next();
      assert.equal(client.closed, true);
      assert.equal(client.written, written);
      assert.equal(other.closed, false);
      stream.close();
    });
  }
}
