/** A violation that an audit found. */
export interface Violation {
  /** Name of the violated rule, as in docs/audit.md. */
  readonly invariant: string;
  /** The numbers that violate it. */
  readonly figures: string;
}

/** The owners of one node's frames. Frames are counted one by one, not read from running sums. */
export interface NodeBooks {
  /** All frames. Each has exactly one of the four owners below. */
  readonly frames: number;
  /** Frames that a migration may take. */
  readonly free: number;
  /** Frames that the program maps, on a machine that numbers them. Else 0. */
  readonly mapped: number;
  /** Frames that nobody may take because a device may still touch them. */
  readonly quarantined: number;
  /** Frames that belong to a migration. */
  readonly inFlight: number;
  /** Frames with more than one owner. */
  readonly ownedTwice: number;
  /** Base pages promised to destinations that are not mapped yet. */
  readonly promisedPages: number;
  /** The program's base pages on this node: by the node's counter, and by the regions' own records. */
  readonly programPages: number;
  readonly regionPages: number;
}

/** A machine's books at a moment when no step of a migration runs. */
export interface MachineBooks {
  readonly nodes: readonly NodeBooks[];
  /** Folios of the program that are unmapped. */
  readonly foliosOut: number;
  /** Runs of unmapped pages in the journal. */
  readonly journalRuns: number;
  /** Pages that a migration has isolated. */
  readonly isolatedPages: number;
}

/**
 * Checks a machine's invariants between two steps. With `idle` (the default) nothing is unmapped. Then nothing may be in
 * flight, isolated or promised. Without `idle`, only ownership is checked.
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
