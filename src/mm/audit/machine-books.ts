/** What an audit found wrong. */
export interface Violation {
  /** Name of the rule that does not hold: docs/audit.md lists them. */
  readonly invariant: string;
  /** The numbers that break it. */
  readonly figures: string;
}

/** Who owns the memory of one node, counted one by one and not taken from anybody's sums. */
export interface NodeBooks {
  /** Frames that there are. Each belongs to exactly one of those below. */
  readonly frames: number;
  /** Nobody's: a migration may take them. */
  readonly free: number;
  /** Mapped by the program, on a machine that counts those among its frames; else 0. */
  readonly mapped: number;
  /** Kept from everybody, as a device may still touch them. */
  readonly quarantined: number;
  /** In the hands of a migration. */
  readonly inFlight: number;
  /** Frames that more than one of them has. */
  readonly ownedTwice: number;
  /** Base pages promised to destinations that are not mapped yet. */
  readonly promisedPages: number;
  /** Base pages of the program that the node is believed to hold; and that the program's regions say lie there. */
  readonly programPages: number;
  readonly regionPages: number;
}

/** What a machine's books say at a moment in which no step of a migration is under way. */
export interface MachineBooks {
  readonly nodes: readonly NodeBooks[];
  /** Folios of the program that are unmapped. */
  readonly foliosOut: number;
  /** Runs of pages that the journal says are out. */
  readonly journalRuns: number;
  /** Pages that a migration has reserved. */
  readonly isolatedPages: number;
}

/**
 * The invariants of a machine between two steps. `idle` (default): nothing is unmapped, so nothing may be in flight,
 * isolated or promised either; while a migration is on, only ownership is looked at.
 */
export function checkBooks(books: MachineBooks, idle = true): Violation[] {
  const found: Violation[] = [];
  const expect = (holds: boolean, invariant: string, figures: () => string): void => {
    if (!holds) found.push({ invariant, figures: figures() });
  };
  for (const [node, of] of books.nodes.entries()) {
    const { frames, free, mapped, quarantined, inFlight, ownedTwice, promisedPages } = of;
    const owned = free + mapped + quarantined + inFlight;
    expect(
      owned === frames && ownedTwice === 0,
      'every frame is owned exactly once',
      () =>
        `node ${node}: ${frames} frames, ${free} free + ${mapped} mapped + ${quarantined} quarantined + ` +
        `${inFlight} in flight = ${owned}, ${ownedTwice} owned twice`,
    );
    expect(
      of.programPages === of.regionPages,
      "the program's pages add up",
      () => `node ${node}: ${of.programPages} counted, ${of.regionPages} in its regions`,
    );
    if (!idle) continue;
    expect(inFlight === 0, 'no frame is in flight', () => `node ${node}: ${inFlight} frames`);
    expect(promisedPages === 0, 'no page is reserved', () => `node ${node}: ${promisedPages} pages`);
  }
  if (!idle) return found;
  expect(books.foliosOut === 0, 'no folio is unmapped', () => `${books.foliosOut} folios`);
  expect(books.journalRuns === 0, 'the journal is empty', () => `${books.journalRuns} runs`);
  expect(books.isolatedPages === 0, 'no page is isolated', () => `${books.isolatedPages} pages`);
  return found;
}
