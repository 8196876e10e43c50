import type { ServerResponse } from 'node:http';
import { MigrationError } from '../../common/migration-error.js';
import type { DashboardFerry } from '../dashboard-host.js';
import { HTTP_LIMITS } from '../limits.js';
import { liveState } from './live-state.js';
import { type Sampled, Sampler } from './sampler.js';

const PERIOD_MS = 100;

interface Client {
  readonly response: ServerResponse;
  /** When it fell too far behind to be sent ticks. Undefined again once it has read all that was queued for it. */
  behindSince: number | undefined;
}

/**
 * Server-sent events for everybody who looks: `state` at the beginning, then ten times a second a `tick` with what has
 * changed. Made once for all. Who does not read is sent nothing more, and a new `state` when it has caught up, or is let
 * go; nothing waits for it.
 */
export class LiveStream {
  readonly #ferry: DashboardFerry;
  readonly #sampled: Sampled;
  readonly #clients = new Set<Client>();
  #sampler: Sampler | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(ferry: DashboardFerry, sampled: Sampled) {
    this.#ferry = ferry;
    this.#sampled = sampled;
  }

  /** @throws MigrationError EBUSY when too many look already. */
  admit(): void {
    if (this.#clients.size < HTTP_LIMITS.streams) return;
    throw new MigrationError('EBUSY', `too many dashboards are open (limit: ${HTTP_LIMITS.streams})`, {
      operation: 'live',
      advice: 'Close one of them.',
    });
  }

  /** Takes an answer over, until its client goes. */
  add(response: ServerResponse): void {
    const client: Client = { response, behindSince: undefined };
    response.once('close', () => this.#remove(client));
    response.on('error', () => undefined);
    // Caught up with first: the state then is the one that the next tick goes on from.
    if (this.#sampler === undefined) this.#start();
    else this.#tick();
    this.#clients.add(client);
    response.write(this.#state());
  }

  close(): void {
    for (const { response } of this.#clients) response.destroy();
    this.#stop();
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
    if (this.#clients.size === 0) this.#stop();
  }

  #state(): string {
    return frame('state', liveState(this.#ferry, this.#sampled, this.#sampled.migrations()));
  }

  #tick(): void {
    if (this.#sampler === undefined) return;
    const text = frame('tick', this.#sampler.tick());
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
      response.write(this.#state());
    } else if (now - client.behindSince > HTTP_LIMITS.streamPatience) {
      response.destroy();
    }
  }
}

function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
