import type { AddressSpace } from '../memory/address-space.js';
import type { PinSuspects } from '../pins/pin-suspects.js';
import { PinnedMemory } from '../pins/pinned-memory.js';
import { libc } from '../sys/libc.js';
import { Scratch } from '../sys/scratch.js';
import type { TableMoves } from './table-moves.js';

/** When whole page tables are moved: `never`, `auto` where nothing prevents it, or `always`, for tests and measurements. */
export const TABLE_MODES = ['never', 'auto', 'always'] as const;
export type TableMode = (typeof TABLE_MODES)[number];

/** With more descriptors, a check for each batch would take too long: some 1 ms. */
const MAX_DESCRIPTORS = 1024;
/** Nanoseconds without table moves after a descriptor was found that may pin pages. */
const SUSPECT_NS = 100_000_000;
const O_CLOEXEC = 0o2000000;
/** '2': vm.overcommit_memory of a host that does not overcommit. */
const STRICT = 0x32;

/**
 * Decides when page tables may be moved as a whole. mremap(2) does not check the pages. It moves pinned ones, which
 * UFFDIO_MOVE refuses, and a device that pinned them would still write to the old page. Nothing shows whether a page is
 * pinned, but a pin needs a descriptor (pin-suspects.ts). So the descriptors are checked when a batch has left and nothing
 * is copied yet. A page that was pinned before is still pinned through one of those, or is no longer pinned.
 */
export class TablePolicy {
  readonly moves: TableMoves;
  readonly #mode: () => TableMode;
  readonly #pins: PinSuspects;
  readonly #now: () => number;
  readonly #host: TableHost;
  #suspectUntil = 0;

  constructor(
    moves: TableMoves,
    pins: PinSuspects,
    host: TableHost,
    mode: () => TableMode,
    now: () => number,
  ) {
    this.#host = host;
    this.moves = moves;
    this.#pins = pins;
    this.#mode = mode;
    this.#now = now;
  }

  /** Whether a batch of a region may try. */
  allows(space: AddressSpace): boolean {
    if (!space.movesTables || !this.moves.alive) return false;
    const mode = this.#mode();
    return mode === 'always' || (mode === 'auto' && this.#now() >= this.#suspectUntil);
  }

  /** Whether the current host state allows a migration to move tables. */
  get hostAllows(): boolean {
    return this.#mode() !== 'never' && this.#host.refusal() === undefined;
  }

  /** Called after a batch has left. True if it has to go back. */
  mayBePinned(): boolean {
    if (this.#mode() === 'always') return false;
    const pinned = this.#pins.mayPin() || this.#pins.descriptors > MAX_DESCRIPTORS;
    if (pinned) this.#suspectUntil = this.#now() + SUSPECT_NS;
    return pinned;
  }
}

/** Properties of the host or process that prevent moves of page tables. A check before each migration costs some 8 µs. */
export class TableHost {
  readonly #overcommit: number = libc().open('/proc/sys/vm/overcommit_memory', O_CLOEXEC);
  readonly #mode = new Scratch(8);
  readonly #memory = new PinnedMemory();

  get descriptors(): readonly number[] {
    return [this.#overcommit, this.#memory.descriptor];
  }

  /** Why tables cannot be moved. Undefined if nothing prevents it. */
  refusal(): string | undefined {
    // The mapping that stays behind is accounted again, and mremap fails half-way if that is refused.
    const bytes = libc().pread(this.#overcommit, this.#mode.address, 8, 0);
    if (bytes <= 0) return 'cannot read /proc/sys/vm/overcommit_memory';
    if ((this.#mode.u32[0]! & 0xff) === STRICT) return 'vm.overcommit_memory is 2';
    // A locked mapping would come back without its lock.
    if (this.#memory.lockedKilobytes() !== 0) return 'the process has locked memory (mlock)';
    return undefined;
  }

  close(): void {
    if (this.#overcommit >= 0) libc().close(this.#overcommit);
    this.#memory.close();
  }
}
