import { BATCH_PHASES, type BatchPhase } from '../../mm/ports/batch-observer.js';
import type { EventCursor } from '../../trace/event-cursor.js';
import { AT, BATCH, HEAD, kindOf, NS, nameOf, subOf } from '../../trace/event-layout.js';
import type { RingReader } from '../../trace/ring-reader.js';
import { SPAN_KINDS, type SpanKind, type SpanWindow } from '../messages.js';
import { BatchTally } from './batch-tally.js';
import { SpanBuffer } from './span-buffer.js';

/** Lanes of the migration thread, by its activity. Lanes of channels and helper threads are added as they appear. */
const UNMAP_LANE = 0;
const COPY_LANE = 1;
const MAP_LANE = 2;
const FIRST_CHANNEL_LANE = 3;
const MAX_LANES = 40;
/** Maximum events read in one call. Older ones are skipped. */
const MAX_EVENTS_READ = 1024;

/** How each phase is drawn. `flush` and `destinations` belong to unmapping, `undo` and `putback` to mapping. */
const KIND_OF: Readonly<Record<BatchPhase, SpanKind>> = {
  isolate: 'unmap',
  destinations: 'unmap',
  protect: 'protect',
  unmap: 'unmap',
  flush: 'unmap',
  copy: 'copy',
  wait: 'wait',
  move: 'copy',
  map: 'map',
  undo: 'map',
  putback: 'map',
};
const LANE_OF: Readonly<Record<SpanKind, number>> = {
  protect: UNMAP_LANE,
  unmap: UNMAP_LANE,
  copy: COPY_LANE,
  wait: COPY_LANE,
  map: MAP_LANE,
};
const PHASE_KIND = BATCH_PHASES.map((phase) => SPAN_KINDS.indexOf(KIND_OF[phase]));
const PHASE_LANE = BATCH_PHASES.map((phase) => LANE_OF[KIND_OF[phase]]);
const COPY_KIND = SPAN_KINDS.indexOf('copy');

export interface Digest {
  readonly moved: Record<string, readonly [number, number]> | undefined;
  readonly timeline: SpanWindow | undefined;
}

/** Reads a ferry's events, and keeps the few that a page shows. Recording is on while it exists. */
export class EventDigest {
  readonly #reader: RingReader;
  readonly #cursor: EventCursor;
  readonly #tally: BatchTally;
  readonly #spans = new SpanBuffer();
  readonly #lanes: string[] = ['unmap', 'copy', 'map'];
  /** Lane of a channel, by the number of its name. */
  readonly #laneOf = new Map<number, number>();

  constructor(reader: RingReader) {
    this.#reader = reader;
    this.#cursor = reader.cursor(reader.head);
    this.#tally = new BatchTally(reader.moved);
  }

  /** Reads the events since the last call. */
  take(): Digest {
    const cursor = this.#cursor;
    const { head } = this.#reader;
    cursor.skipTo(head - MAX_EVENTS_READ);
    while (cursor.position < head && cursor.next()) this.#add(cursor);
    return {
      moved: this.#tally.take((number) => cursor.name(number)),
      timeline: this.#spans.take(this.#lanes),
    };
  }

  close(): void {
    this.#reader.close();
  }

  #add({ words, doubles }: EventCursor): void {
    const head = words[HEAD]!;
    switch (kindOf(head)) {
      case 'phase': {
        const phase = subOf(head);
        this.#spans.add(PHASE_LANE[phase]!, PHASE_KIND[phase]!, doubles[AT]!, doubles[NS]!, words[BATCH]!);
        break;
      }
      case 'share':
        this.#spans.add(this.#lane(nameOf(head)), COPY_KIND, doubles[AT]!, doubles[NS]!, words[BATCH]!);
        break;
      default:
    }
  }

  #lane(name: number): number {
    let lane = this.#laneOf.get(name);
    if (lane === undefined) {
      lane = Math.min(FIRST_CHANNEL_LANE + this.#laneOf.size, MAX_LANES - 1);
      this.#laneOf.set(name, lane);
      this.#lanes[lane] = this.#cursor.name(name);
    }
    return lane;
  }
}
