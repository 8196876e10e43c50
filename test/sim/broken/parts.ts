import type { DmaChannel, DmaClient, DmaDevice } from '../../../src/dmaengine/channel.js';
import { DMA_COMPLETE } from '../../../src/dmaengine/channel.js';
import type { DmaMapper, ScatterGatherTable } from '../../../src/dmaengine/scatter-gather.js';
import { ERRNO } from '../../../src/mm/errno.js';
import type { MigrateReason } from '../../../src/mm/reason.js';
import type { Migrator, StartedCopy } from '../../../src/offload/migrator.js';
import { MigratorRegistry, type Registration } from '../../../src/offload/registry.js';

/** v4: the policy is asked before the read section, so that the migrator may be gone when it is to copy. */
export class AsksOutside extends MigratorRegistry {
  override enter(reason: MigrateReason): Registration | undefined {
    const registration = super.enter(reason);
    if (registration !== undefined) super.leave(registration);
    return registration;
  }

  override leave(): void {
    // The section is over already.
  }
}

/** Releases the owner as soon as the migrator is unregistered, whatever is under way. */
export class ReleasesAtOnce extends MigratorRegistry {
  #owner: Migrator['owner'];

  override register(migrator: Migrator): void {
    this.#owner = migrator.owner;
    const { name, whenQuiet } = migrator;
    super.register({
      name,
      offloadCopy: (list, port) => migrator.offloadCopy(list, port),
      ...(migrator.startCopy === undefined
        ? {}
        : { startCopy: (list, port) => migrator.startCopy!(list, port) }),
      ...(whenQuiet === undefined ? {} : { whenQuiet: () => whenQuiet.call(migrator) }),
    });
  }

  override async unregister(name: string): Promise<void> {
    const release = this.#owner?.release();
    await super.unregister(name);
    await release;
  }
}

/** v4: a call back for the last descriptor alone, as if the others had ended before it. */
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
  /** Descriptors that the client waits for, and their bytes; the last of them is the one that counts. */
  readonly open = new Map<number, number>();
  /** Ended, and the client has not been told. */
  readonly #done = new Set<number>();
  /** Told, and not ended. */
  readonly #early = new Set<number>();

  constructor(client: DmaClient) {
    this.#client = client;
  }

  completed(_channel: DmaChannel, cookie: number): void {
    if (this.#early.delete(cookie)) return;
    this.#done.add(cookie);
    if (cookie !== [...this.open.keys()].at(-1)) return;
    const told = [...this.open];
    this.open.clear();
    for (const [each] of told) if (!this.#done.delete(each)) this.#early.add(each);
    for (const [each, bytes] of told) this.#client.completed(this.channel!, each, DMA_COMPLETE, bytes);
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

/** Gives a destination up without a thought for the device that may still write there. */
export function reusesDestinations(migrator: Migrator): Migrator {
  return {
    name: migrator.name,
    offloadCopy: (list, port) => migrator.offloadCopy(list, port),
    startCopy(list, port): StartedCopy | number {
      const started = migrator.startCopy!(list, port);
      if (typeof started === 'number') return started;
      return {
        finish() {
          const result = started.finish();
          list.held.fill(0);
          return result;
        },
      };
    },
    ...(migrator.owner === undefined ? {} : { owner: migrator.owner }),
  };
}

/** v4: as many segments on both sides, or else an error. */
export function refusesMerges(mapper: DmaMapper): DmaMapper {
  let before: ScatterGatherTable | undefined;
  let segments = 0;
  return {
    map(table) {
      const result = mapper.map(table);
      if (before !== undefined && before !== table && segments !== table.segments) {
        before = undefined;
        return -ERRNO.EIO;
      }
      before = before === undefined ? table : undefined;
      segments = table.segments;
      return result;
    },
  };
}

/** Takes it for granted that the destination was merged as the source was. */
export function ignoresMerges(mapper: DmaMapper): DmaMapper {
  let lengths: number[] | undefined;
  return {
    map(table) {
      const result = mapper.map(table);
      if (lengths === undefined) {
        lengths = [...table.bytes.subarray(0, table.segments)];
        return result;
      }
      table.segments = Math.min(table.segments, lengths.length);
      for (let i = 0; i < table.segments; i++) table.bytes[i] = lengths[i]!;
      lengths = undefined;
      return result;
    },
  };
}
