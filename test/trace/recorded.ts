import { migratePages } from '../../src/mm/pipeline/migrate-pages.js';
import type { Migrator } from '../../src/offload/migrator.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import { EventRing } from '../../src/trace/event-ring.js';
import type { FerryEvent, FerryEventKind } from '../../src/trace/ferry-event.js';
import { Recorder } from '../../src/trace/recorder.js';
import { RingReader } from '../../src/trace/ring-reader.js';
import type { FakeMachine } from '../machine/fake-machine.js';
import type { Folio } from '../machine/hand-migration.js';
import { folioList, type RequestOptions, requestOn } from '../mm/scenario.js';

export type EventOf<K extends FerryEventKind> = Extract<FerryEvent, { kind: K }>;

/** The events of one kind. */
export function only<K extends FerryEventKind>(events: readonly FerryEvent[], kind: K): EventOf<K>[] {
  return events.filter((event): event is EventOf<K> => event.kind === kind);
}

/** A pipeline on a fake machine whose batches are recorded; its clock counts the looks at it. */
export class RecordedPipeline {
  readonly registry: MigratorRegistry;
  readonly recorder: Recorder;
  readonly reader: RingReader;
  readonly #fake: FakeMachine;

  constructor(fake: FakeMachine, migrator?: Migrator, nodeIds: readonly number[] = []) {
    const ring = new EventRing(undefined, 4096);
    let looks = 0;
    this.recorder = new Recorder(ring, () => ++looks, {
      nodeIds,
      activeMigrator: () => this.registry.active?.name,
    });
    this.registry = new MigratorRegistry(undefined, {
      reported: (_, report) => this.recorder.report(report),
    });
    this.reader = new RingReader(ring);
    this.#fake = fake;
    if (migrator !== undefined) this.registry.register(migrator);
  }

  /** Migrates, in batches of four base pages unless `more` says otherwise, whatever comes of it. */
  migrate(folios: readonly Folio[], more: RequestOptions = {}): FerryEvent[] {
    const request = requestOn(this.#fake, this.registry, { observe: this.recorder.observe, ...more });
    const from = this.reader.head;
    try {
      migratePages(request, folioList(folios));
    } finally {
      this.#fake.audit();
    }
    return [...this.reader.read(from).events];
  }
}
