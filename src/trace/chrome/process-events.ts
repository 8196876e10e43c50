import type { CollectedEvents } from '../collected-events.js';
import type { BatchEvent, FerryEvent, PhaseEvent, ShareEvent } from '../ferry-event.js';
import type { ChromeArguments, ChromeEvent } from './chrome-event.js';
import { Counters } from './counters.js';
import { type LaneKind, Lanes, spread } from './lanes.js';
import { FIRST_HALF, isFirstHalf, phaseName, SECOND_HALF } from './phase-name.js';

/** Beginning and end, on the clock of the events. */
interface Half {
  from: number;
  to: number;
}

/** Converts the recorded events of one ferry to the events of one process in a trace. */
export class ProcessEvents {
  readonly events: ChromeEvent[] = [];
  readonly #pid: number;
  readonly #origin: number;
  readonly #lanes = new Lanes();
  readonly #counters = new Counters();
  /** The two halves of each batch so far. */
  readonly #halves = new Map<number, [first: Half | undefined, second: Half | undefined]>();
  /** Events without an end so far, by key. */
  readonly #open = new Map<string, () => void>();
  readonly #shares = new Map<string, ShareEvent[]>();

  /** @param origin The time 0 of the trace, on the clock of the events. */
  constructor(pid: number, origin: number, { name, began, events, gaps, beyond }: CollectedEvents) {
    this.#pid = pid;
    this.#origin = origin;
    for (const lane of ['migration thread', 'program'] as const) {
      this.#lanes.of(lane === 'program' ? 'program' : 'thread', lane);
    }
    for (const event of events) this.#add(event);
    for (const [lane, shares] of this.#shares) this.#addShares(lane, shares);
    for (const unfinished of this.#open.values()) unfinished();
    for (const { at, lost } of gaps) this.#lost(at, `${lost} events lost`, lost);
    const last = events.at(-1)?.at ?? began;
    if (beyond > 0) this.#lost(last, `${beyond} events not kept`, beyond);
    this.#nameAll(name);
  }

  #add(event: FerryEvent): void {
    switch (event.kind) {
      case 'batch-begin': {
        const { at, batch, slot, folios, pages } = event;
        const args = { folios, pages };
        this.#begun(`batch ${batch}`, 'slot', `batch slot ${slot}`, `batch ${batch}`, at, args);
        return;
      }
      case 'phase':
        this.#phase(event);
        return;
      case 'batch':
        this.#batch(event);
        return;
      case 'share-begin': {
        const { at, lane, batch, bytes, pieces } = event;
        const key = `share ${lane} ${batch}`;
        this.#begun(key, 'channel', lane, `batch ${batch}`, at, { batch, bytes, pieces });
        return;
      }
      case 'share': {
        this.#open.delete(`share ${event.lane} ${event.batch}`);
        const shares = this.#shares.get(event.lane);
        if (shares === undefined) this.#shares.set(event.lane, [event]);
        else shares.push(event);
        return;
      }
      case 'migration-begin': {
        const { at, migration, region, reason, target } = event;
        const args = { migration, reason, ...(target === undefined ? {} : { target }) };
        this.#begun(`migration ${migration}`, 'region', `region ${region}`, 'migrate_pages', at, args);
        return;
      }
      case 'migration': {
        const { at, ns, migration, region, reason, target, bytes, moved, failed } = event;
        this.#open.delete(`migration ${migration}`);
        const args = { migration, reason, ...(target === undefined ? {} : { target }), bytes, moved, failed };
        this.#span(this.#lanes.of('region', `region ${region}`), 'migrate_pages', at, at + ns, args);
        return;
      }
      case 'migrator':
        this.#moment(event.at, `${event.action} ${event.name}`, { migrator: event.name });
        return;
      case 'policy':
        this.#moment(event.at, `${event.action} policy ${event.name}`, {
          policy: event.name,
          why: event.why,
        });
        return;
      case 'parameter':
        this.#moment(event.at, `${event.path} = ${event.value}`, { path: event.path, value: event.value });
        return;
      case 'pool':
        this.#count(event.at, `pool of node ${event.node}`, {
          prefilled: event.bytesPooled,
          free: event.bytesFree,
        });
    }
  }

  #phase(event: PhaseEvent): void {
    const { at, ns, batch, phase } = event;
    const lane = this.#lanes.of('thread', 'migration thread');
    this.#span(lane, phaseName(event), at, at + ns, { batch });
    let halves = this.#halves.get(batch);
    if (halves === undefined) {
      halves = [undefined, undefined];
      this.#halves.set(batch, halves);
    }
    // Pieces of a cutover are unmapped in the second half.
    const which = halves[1] === undefined && isFirstHalf(phase) ? 0 : 1;
    const half = halves[which];
    if (half === undefined) halves[which] = { from: at, to: at + ns };
    else half.to = at + ns;
  }

  #batch(event: BatchEvent): void {
    const { kind: _, at, ns, batch, slot, cause, migrator, ...figures } = event;
    this.#open.delete(`batch ${batch}`);
    const halves = this.#halves.get(batch) ?? [];
    this.#halves.delete(batch);
    for (const [which, half] of halves.entries()) {
      if (half === undefined) continue;
      const lane = this.#lanes.of('thread', 'migration thread');
      this.#span(lane, which === 0 ? FIRST_HALF : SECOND_HALF, half.from, half.to, { batch });
    }
    const args = {
      ...figures,
      ...(migrator === undefined ? {} : { migrator }),
      ...(cause === undefined ? {} : { cause }),
    };
    this.#span(this.#lanes.of('slot', `batch slot ${slot}`), `batch ${batch}`, at, at + ns, args);
    for (const [name, values] of this.#counters.after(event)) this.#count(at + ns, name, values);
  }

  #addShares(lane: string, shares: ShareEvent[]): void {
    shares.sort((a, b) => a.at - b.at);
    const rows = spread(shares);
    for (const [i, { at, ns, batch, bytes, pieces, outcome }] of shares.entries()) {
      const row = rows[i]!;
      const tid = this.#lanes.of('channel', row === 0 ? lane : `${lane}, queued behind ${row}`);
      this.#span(tid, `batch ${batch}`, at, at + ns, { batch, bytes, pieces, outcome });
    }
  }

  #begun(key: string, kind: LaneKind, lane: string, name: string, at: number, args: ChromeArguments): void {
    const tid = this.#lanes.of(kind, lane);
    // Shown only if the end is never recorded.
    this.#open.set(key, () =>
      this.events.push({ name, ph: 'B', ts: this.#time(at), pid: this.#pid, tid, args }),
    );
  }

  #span(tid: number, name: string, from: number, to: number, args: ChromeArguments): void {
    const ts = this.#time(from);
    // Both ends are rounded to the nanosecond, so that nested spans stay nested.
    const dur = Math.round((this.#time(to) - ts) * 1000) / 1000;
    this.events.push({ name, ph: 'X', ts, dur, pid: this.#pid, tid, args });
  }

  #moment(at: number, name: string, args: ChromeArguments): void {
    const tid = this.#lanes.of('program', 'program');
    this.events.push({ name, ph: 'i', ts: this.#time(at), pid: this.#pid, tid, s: 'p', args });
  }

  #lost(at: number, name: string, events: number): void {
    const tid = this.#lanes.of('thread', 'migration thread');
    this.events.push({ name, ph: 'i', ts: this.#time(at), pid: this.#pid, tid, s: 'p', args: { events } });
  }

  #count(at: number, name: string, args: ChromeArguments): void {
    this.events.push({ name, ph: 'C', ts: this.#time(at), pid: this.#pid, tid: 0, args });
  }

  #nameAll(name: string): void {
    const pid = this.#pid;
    const names: ChromeEvent[] = [{ name: 'process_name', ph: 'M', ts: 0, pid, tid: 0, args: { name } }];
    for (const [tid, lane] of this.#lanes.all) {
      names.push({ name: 'thread_name', ph: 'M', ts: 0, pid, tid, args: { name: lane } });
      names.push({ name: 'thread_sort_index', ph: 'M', ts: 0, pid, tid, args: { sort_index: tid } });
    }
    this.events.unshift(...names);
  }

  /** An event from before the trace begins with the trace. */
  #time(at: number): number {
    return Math.max(0, Math.round(at - this.#origin)) / 1000;
  }
}
