import { MigrationError } from '../../common/migration-error.js';
import type { InPlaceSourceName, PageMarksPort, SourceProbe } from '../../mm/ports/access-port.js';
import type { AddressSpace } from '../memory/address-space.js';
import { ReferencedMarks } from './referenced-marks.js';

/** Marks that are open, so that they can be closed, and their watch can be ended. */
export interface OpenMarks extends PageMarksPort {
  /** Ends the watch of a region, or of any. */
  cancel(space?: AddressSpace): void;
  close(): void;
}

interface MarkKind {
  probe(): SourceProbe;
  open(space: (id: number) => AddressSpace): OpenMarks;
}

/** The sources in place that a Linux host may have. */
const KINDS: Readonly<Record<InPlaceSourceName, MarkKind>> = {
  referenced: { probe: () => ReferencedMarks.probe(), open: (space) => new ReferencedMarks(space) },
};

/** The marks of accessed pages on this host, opened when they are first used. */
export class HostMarks {
  readonly #space: (id: number) => AddressSpace;
  readonly #open = new Map<InPlaceSourceName, OpenMarks>();

  /** @param space The region of a handle. */
  constructor(space: (id: number) => AddressSpace) {
    this.#space = space;
  }

  static probes(): SourceProbe[] {
    return Object.values(KINDS).map(({ probe }) => probe());
  }

  /** @throws MigrationError EOPNOTSUPP if the host does not have the source */
  open(source: InPlaceSourceName): PageMarksPort {
    const known = this.#open.get(source);
    if (known !== undefined) return known;
    const kind = KINDS[source];
    const { problem, needs } = kind.probe();
    if (problem !== undefined) {
      throw new MigrationError(
        'EOPNOTSUPP',
        `this host does not have the access source ${source}: ${problem}`,
        {
          operation: 'heat',
          advice: `It needs ${needs}`,
        },
      );
    }
    const marks = kind.open(this.#space);
    this.#open.set(source, marks);
    return marks;
  }

  /** Ends every watch of a region. */
  cancel(space: AddressSpace): void {
    for (const marks of this.#open.values()) marks.cancel(space);
  }

  close(): void {
    for (const marks of this.#open.values()) marks.close();
    this.#open.clear();
  }
}
