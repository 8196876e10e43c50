import { ERRNO } from '../../common/errno.js';
import { MigrationError } from '../../common/migration-error.js';
import { systemError } from '../../common/system-error.js';
import {
  IN_PLACE_SOURCES,
  type InPlaceSourceName,
  type PageMarksPort,
  type SourceProbe,
} from '../../mm/ports/access-port.js';
import type { AddressSpace } from '../memory/address-space.js';
import { eventReaderRoutine } from '../userfaultfd/event-reader.js';
import { DamonMarks } from './damon-marks.js';
import { IdleMarks } from './idle-marks.js';
import type { MarkHost, OpenMarks } from './open-marks.js';
import { ReferencedMarks } from './referenced-marks.js';
import { probeReadWriteProtection } from './rwp.js';
import { WrittenMarks } from './written-marks.js';

interface MarkKind {
  probe(): SourceProbe;
  open(host: MarkHost): OpenMarks;
}

/** The sources in place that a Linux host may have. */
const KINDS: Readonly<Record<InPlaceSourceName, MarkKind>> = {
  referenced: { probe: () => ReferencedMarks.probe(), open: (host) => new ReferencedMarks(host) },
  written: { probe: () => WrittenMarks.probe(), open: (host) => new WrittenMarks(host) },
  idle: { probe: () => IdleMarks.probe(), open: (host) => new IdleMarks(host) },
  damon: { probe: () => DamonMarks.probe(), open: (host) => new DamonMarks(host) },
};

/** @param hasReader Whether a thread reads page faults. */
export function probeHint(hasReader: boolean): SourceProbe {
  const needs = 'userfaultfd with UFFDIO_MOVE, and a thread that reads page faults. No further permission.';
  return { name: 'hint', needs, ...(hasReader ? {} : { problem: 'no thread reads page faults here' }) };
}

/** The marks of accessed pages on this host, opened when they are first used. */
export class HostMarks {
  readonly #host: MarkHost;
  readonly #open = new Map<InPlaceSourceName, OpenMarks>();

  constructor(host: MarkHost) {
    this.#host = host;
  }

  /** Whether this host has each source, also the one that is not in place, and the one that is to come. */
  static probes(): SourceProbe[] {
    return [
      probeHint(eventReaderRoutine() !== undefined),
      ...IN_PLACE_SOURCES.map((name) => KINDS[name].probe()),
      probeReadWriteProtection(),
    ];
  }

  static probe(source: InPlaceSourceName): SourceProbe {
    return KINDS[source].probe();
  }

  /** @throws MigrationError EOPNOTSUPP if the host does not have the source */
  open(source: InPlaceSourceName): PageMarksPort {
    const known = this.#open.get(source);
    if (known !== undefined) return known;
    const kind = KINDS[source];
    const { problem, needs, shortage } = kind.probe();
    if (shortage !== undefined) {
      throw systemError(ERRNO[shortage], `cannot open the access source ${source}: ${problem}`, {
        operation: 'heat',
      });
    }
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
    const marks = kind.open(this.#host);
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
