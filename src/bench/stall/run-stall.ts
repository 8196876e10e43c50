import { formatSize } from '../../common/size.js';
import { describeHost, type HostNode } from '../harness/host.js';
import { type FolioFigures, measureFolio } from './measure-folio.js';
import { planStallBytes } from './memory-plan.js';
import type { StallOptions } from './options.js';
import type { StallReport } from './report.js';
import { stallSpecs } from './stall-spec.js';

/** Runs in all, one that warms up each row included; fewer where the host cannot write-protect. */
export function stallRuns(options: StallOptions): number {
  return options.folios.length * stallSpecs(options, options.copyModes).length * (1 + options.runs);
}

/**
 * How long readers and writers of memory wait while it is migrated, by batch size, copy mode and migrator.
 * @throws MigrationError when this host cannot migrate real memory, or has no memory to measure with.
 */
export async function runStall(options: StallOptions, onRun: () => void): Promise<StallReport> {
  const host = describeHost();
  const [from, to] = host.nodes as [HostNode, HostNode];
  const notes: string[] = [];
  const bytes = planStallBytes(options.bytes, options.batches.at(-1)!, from, to);
  if (bytes < options.bytes) {
    notes.push(
      `--bytes lowered from ${formatSize(options.bytes)} to ${formatSize(bytes)}: not enough memory`,
    );
  }
  const figures: FolioFigures[] = [];
  for (const folioSize of options.folios) {
    figures.push(await measureFolio(options, folioSize, bytes, onRun));
  }
  if (figures.some(({ left }) => left.length > 0)) {
    notes.push('write-protected rows are omitted: the userfaultfd of this host does not support it');
  }
  const { seconds, runs, program, together, device, seed } = options;
  const { depth, clocks } = figures[0]!;
  return {
    schema: 'pageferry.bench.stall/2',
    host,
    options: {
      bytes,
      seconds,
      runs,
      readers: program.reader,
      writers: program.writer,
      together,
      device,
      depth,
      seed,
    },
    clocks,
    undisturbed: figures.flatMap(({ undisturbed }) => undisturbed),
    elsewhere: figures.flatMap(({ elsewhere }) => elsewhere),
    rows: figures.flatMap(({ rows }) => rows),
    notes,
  };
}
