import type { ServerResponse } from 'node:http';
import { clearInterval, setInterval } from '../../common/host-timers.js';
import { MigrationError } from '../../common/migration-error.js';
import type { DashboardFerry } from '../dashboard-host.js';
import { HTTP_LIMITS } from '../limits.js';
import type { LiveState } from '../messages.js';
import { liveState } from './live-state.js';
import { RegionHeat } from './region-heat.js';
import { type Sampled, Sampler } from './sampler.js';
import { serverEvent } from './server-event.js';

const PERIOD_MS = 100;

interface Client {
  readonly id: number;
  readonly response: ServerResponse;
  /** When its queue exceeded the limit. Undefined again once the queue has drained. */
  behindSince: number | undefined;
  /** Ends its watch of a region. Undefined if it watches none. */
  leaveHeat: (() => void) | undefined;
}

/**
 * Server-sent events for all open pages: first a `state`, then ten times a second a `tick` with the changes. Each tick
 * is made once for all clients. A client that falls behind gets no ticks until its queue drains, and then a new
 * `state`. If that takes too long, it is disconnected. The others do not wait for it.
 */
export class LiveStream {
  readonly #ferry: DashboardFerry;
  readonly #sampled: Sampled;
  readonly #heat: RegionHeat;
  readonly #clients = new Set<Client>();
  #added = 0;
  #sampler: Sampler | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(ferry: DashboardFerry, sampled: Sampled) {
    this.#ferry = ferry;
    this.#sampled = sampled;
    this.#heat = new RegionHeat(ferry);
  }

  /** @throws MigrationError EBUSY when too many pages are open. */
  admit(): void {
    if (this.#clients.size < HTTP_LIMITS.streams) return;
    throw new MigrationError('EBUSY', `too many dashboards are open (limit: ${HTTP_LIMITS.streams})`, {
      operation: 'live',
      advice: 'Close one of them.',
    });
  }

  /** Writes to an answer until its client disconnects. */
  add(response: ServerResponse): void {
    const client: Client = { id: ++this.#added, response, behindSince: undefined, leaveHeat: undefined };
    response.once('close', () => this.#remove(client));
    response.on('error', () => undefined);
    // Sends the other clients a tick first. The next tick then has the changes since this client's `state`.
    if (this.#sampler === undefined) this.#start();
    else this.#tick();
    this.#clients.add(client);
    response.write(this.#state(client));
  }

  /**
   * Sends the heat of a region to a client from now on, in place of another region.
   * @throws MigrationError ENOENT for an unknown stream or region, and as `region.heat` does
   */
  watchHeat(id: number, region: number): void {
    const client = this.#client(id);
    const leave = this.#heat.join(region, (event) => {
      if (client.behindSince === undefined) client.response.write(event);
    });
    client.leaveHeat?.();
    client.leaveHeat = leave;
  }

  /** @throws MigrationError ENOENT for an unknown stream */
  unwatchHeat(id: number): void {
    const client = this.#client(id);
    client.leaveHeat?.();
    client.leaveHeat = undefined;
  }

  close(): void {
    for (const { response } of this.#clients) response.destroy();
    this.#heat.close();
    this.#stop();
  }

  #client(id: number): Client {
    for (const client of this.#clients) if (client.id === id) return client;
    throw new MigrationError('ENOENT', `stream: unknown stream ${id}`, {
      operation: 'watch heat',
      argument: 'stream',
      advice: 'The `state` of an open /api/live has its number.',
    });
  }

  #start(): void {
    this.#sampler = new Sampler(this.#ferry, this.#sampled);
    this.#timer = setInterval(() => this.#tick(), PERIOD_MS).unref();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#sampler?.close();
    this.#sampler = undefined;
  }

  #remove(client: Client): void {
    this.#clients.delete(client);
    client.leaveHeat?.();
    if (this.#clients.size === 0) this.#stop();
  }

  #state({ id }: Client): string {
    const state = liveState(this.#ferry, this.#sampled, this.#sampled.migrations());
    return serverEvent('state', { ...state, stream: id } satisfies LiveState);
  }

  #tick(): void {
    if (this.#sampler === undefined) return;
    const text = serverEvent('tick', this.#sampler.tick());
    for (const client of this.#clients) this.#send(client, text);
  }

  #send(client: Client, text: string): void {
    const { response } = client;
    const now = performance.now();
    if (response.writableLength > HTTP_LIMITS.streamBehind) client.behindSince ??= now;
    if (client.behindSince === undefined) {
      response.write(text);
    } else if (response.writableLength === 0) {
      client.behindSince = undefined;
      response.write(this.#state(client));
    } else if (now - client.behindSince > HTTP_LIMITS.streamPatience) {
      response.destroy();
    }
  }
}
