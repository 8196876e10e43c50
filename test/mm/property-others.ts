import type { FakeMachine, Fault } from '../machine/fake-machine.js';
import { pagePattern } from '../machine/page-pattern.js';
import { BEFORE_VERIFICATION, type Deed, EVENTS, type Event, type Scene } from './property-scenes.js';
import { SOURCE } from './scenario.js';

/** What threads and devices of the program do in the middle of a migration, and which content they have left. */
export class Others {
  fake: FakeMachine | undefined;
  readonly #scene: Scene;
  readonly #pageBytes: number;
  readonly #generations: Map<number, number>;
  readonly #count = new Map<Event, number>();
  #generation = 0;
  #busy = false;

  constructor(scene: Scene, pageBytes: number, generations: Map<number, number>) {
    this.#scene = scene;
    this.#pageBytes = pageBytes;
    this.#generations = generations;
  }

  /** Something that no page has held yet; it counts once `written` is called. */
  newContent(page: number): Uint8Array {
    return pagePattern(page, this.#pageBytes, ++this.#generation);
  }

  written(page: number, generation = this.#generation): void {
    this.#generations.set(page, generation);
  }

  /** In the middle of a step, before `fault` says what becomes of it. */
  amid(event: Event, fault: Fault): Fault {
    return (page, attempt, order) => {
      this.at(event);
      return fault(page, attempt, order);
    };
  }

  at(call: string): void {
    const event = EVENTS.find((each) => each === call);
    if (event === undefined || this.fake === undefined || this.#busy) return;
    const nth = (this.#count.get(event) ?? 0) + 1;
    this.#count.set(event, nth);
    this.#busy = true;
    for (const deed of this.#scene.deeds) if (deed.event === event && deed.nth === nth) this.#do(deed);
    this.#busy = false;
  }

  #do({ how, event, folio, part }: Deed): void {
    const { list, writeProtected } = this.#scene;
    const fake = this.fake!;
    if (list.length === 0) return;
    const { page: first, order } = list[folio % list.length]!;
    const page = first + (part % (1 << order));
    const mapped = fake.memory.has(page);
    if (how === 'write') {
      if (mapped || fake.isOut(page)) this.#write(page);
      return;
    }
    if (!mapped) return;
    if (how === 'pin') {
      // A pin keeps a page from being unmapped: this one is gone by then. Without a comparison nobody would know of it.
      if (writeProtected !== undefined && !writeProtected.compare) return;
      fake.writeByPin(page, this.newContent(page));
      this.written(page);
    } else if (BEFORE_VERIFICATION.includes(event)) {
      if (how === 'lose') {
        fake.loseProtection(page);
        this.#write(page);
      } else if (fake.memory.nodeOf(page) === SOURCE) {
        fake.drop(page);
        fake.memory.populate(page, 1, SOURCE);
        fake.memory.write(page, this.newContent(page));
        this.written(page);
      }
    }
  }

  #write(page: number): void {
    const bytes = this.newContent(page);
    const generation = this.#generation;
    this.fake!.writeByThread(page, bytes, () => this.written(page, generation));
  }
}
