import type { DmaChannel, DmaClient, DmaDevice } from '../../../dmaengine/channel.js';
import { DMA_COMPLETE } from '../../../dmaengine/channel.js';

/** v4: reports all descriptors when the last one ends, as if the others had ended before it. */
export function lastOnly(device: DmaDevice): DmaDevice {
  return {
    name: device.name,
    channels: device.channels,
    prepare: (count) => device.prepare(count),
    close: () => device.close(),
    releaseChannel: (channel) => device.releaseChannel((channel as LastOnlyChannel).inner),
    requestChannel(client) {
      const listener = new LastOnlyClient(client);
      const inner = device.requestChannel(listener);
      return inner === undefined ? undefined : new LastOnlyChannel(inner, listener);
    },
  };
}

class LastOnlyClient implements DmaClient {
  readonly #client: DmaClient;
  channel: DmaChannel | undefined;
  /** Descriptors that the client waits for, and their bytes. Only the last of them counts. */
  readonly open = new Map<number, number>();
  /** Descriptors that have ended, and are not reported. */
  readonly #done = new Set<number>();
  /** Descriptors that are reported, and have not ended. */
  readonly #early = new Set<number>();

  constructor(client: DmaClient) {
    this.#client = client;
  }

  completed(_channel: DmaChannel, cookie: number): void {
    if (this.#early.delete(cookie)) return;
    this.#done.add(cookie);
    if (cookie !== [...this.open.keys()].at(-1)) return;
    const reported = [...this.open];
    this.open.clear();
    for (const [each] of reported) if (!this.#done.delete(each)) this.#early.add(each);
    for (const [each, bytes] of reported) this.#client.completed(this.channel!, each, DMA_COMPLETE, bytes);
  }
}

class LastOnlyChannel implements DmaChannel {
  readonly inner: DmaChannel;
  readonly #listener: LastOnlyClient;
  readonly #bytes = new Map<number, number>();

  constructor(inner: DmaChannel, listener: LastOnlyClient) {
    this.inner = inner;
    this.#listener = listener;
    listener.channel = this;
  }

  get name(): string {
    return this.inner.name;
  }

  get capacity(): number {
    return this.inner.capacity;
  }

  get maxBytes(): number {
    return this.inner.maxBytes;
  }

  get alive(): boolean {
    return this.inner.alive;
  }

  get inFlight(): number {
    return this.#listener.open.size;
  }

  prepMemcpy(dst: number, src: number, bytes: number): number {
    const cookie = this.inner.prepMemcpy(dst, src, bytes);
    if (cookie >= 0) this.#bytes.set(cookie, bytes);
    return cookie;
  }

  submit(cookie: number): void {
    this.#listener.open.delete(cookie);
    this.#listener.open.set(cookie, this.#bytes.get(cookie)!);
    this.inner.submit(cookie);
  }

  discard(cookie: number): void {
    this.inner.discard(cookie);
  }

  issuePending(): void {
    this.inner.issuePending();
  }

  poll(): number {
    return this.inner.poll();
  }

  wait(nanoseconds: number): number {
    return this.inner.wait(nanoseconds, 1);
  }

  terminate(): Promise<void> {
    return this.inner.terminate();
  }
}
