import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Dashboard } from '../../../src/dashboard/dashboard.js';
import type { HeatEndMessage, HeatMessage, LiveState, Refusal } from '../../../src/dashboard/messages.js';
import { eventsOf } from './live-events.js';
import { ask } from './open-dashboard.js';

/** A page as its server sees it: a stream, and requests with its number. */
export class Viewer {
  readonly dashboard: Dashboard;
  readonly stream: number;
  readonly #events: ReturnType<typeof eventsOf>;
  readonly #end: AbortController;

  private constructor(
    dashboard: Dashboard,
    stream: number,
    events: ReturnType<typeof eventsOf>,
    end: AbortController,
  ) {
    this.dashboard = dashboard;
    this.stream = stream;
    this.#events = events;
    this.#end = end;
  }

  static async open(context: TestContext, dashboard: Dashboard): Promise<Viewer> {
    const end = new AbortController();
    context.after(() => end.abort());
    const events = eventsOf(dashboard, end.signal);
    const { event, data } = (await events.next()).value!;
    assert.equal(event, 'state');
    return new Viewer(dashboard, (data as LiveState).stream, events, end);
  }

  async watch(region: unknown): Promise<{ readonly status: number; readonly refusal: Refusal | undefined }> {
    const { status, body } = await ask(this.dashboard, `/api/live/${this.stream}/heat`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ region }),
    });
    return { status, refusal: body === '' ? undefined : (JSON.parse(body) as Refusal) };
  }

  async stop(): Promise<number> {
    return (await ask(this.dashboard, `/api/live/${this.stream}/heat`, { method: 'DELETE' })).status;
  }

  /** Closes the page. */
  close(): void {
    this.#end.abort();
  }

  async heat(): Promise<HeatMessage> {
    return (await this.#next('heat')) as HeatMessage;
  }

  async heatEnd(): Promise<HeatEndMessage> {
    return (await this.#next('heatEnd')) as HeatEndMessage;
  }

  /** The moments of the results that come with the next ticks. */
  async momentsIn(ticks: number): Promise<number[]> {
    const moments: number[] = [];
    for (let left = ticks; left > 0; ) {
      const { event, data } = (await this.#events.next()).value!;
      if (event === 'tick') left--;
      else if (event === 'heat') moments.push((data as HeatMessage).snapshot.atMs);
    }
    return moments;
  }

  async #next(wanted: string): Promise<unknown> {
    for (;;) {
      const { event, data } = (await this.#events.next()).value!;
      if (event === wanted) return data;
      assert.equal(event === 'tick' || event === 'heat', true, `${event}: ${JSON.stringify(data)}`);
    }
  }
}
