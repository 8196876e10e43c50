import type { Command } from 'commander';
import { formatSize } from '../../common/size.js';
import type { HeatRegion } from '../../ferry/heat-requests.js';
import type { RecordedSnapshot, RecordingEnd, RecordingHeader } from '../../heat/recording/format.js';
import { socketOf } from '../attach/attach-options.js';
import { FerryConnection } from '../attach/ferry-connection.js';
import { ownNumberOf } from '../attach/socket-of-process.js';
import { RefusedError, UsageError } from '../ui/errors.js';
import { Interruption } from '../ui/interruption.js';
import { formatTable, left, right } from '../ui/table.js';
import { openWatch, regionsOf } from './heat-client.js';
import { HeatDemo } from './heat-demo.js';
import { intervalMsOf, minUnitFor, type WatchFlags } from './watch-options.js';

/** A ferry that sends nothing is left so long after `--for`. */
const LATE_MS = 10_000;

/** Receives a watch as it comes. */
export interface HeatSink {
  /** @param demo Whether it is a program of the command's own. */
  begin(header: RecordingHeader, demo: boolean): void;
  add(recorded: RecordedSnapshot): void;
}

/**
 * Watches the region that the flags choose, until the result at the end of `--for`, a signal comes, or `end` resolves.
 * @throws UsageError, RefusedError when the ferry refuses or ends, MigrationError if the demo cannot run here
 */
export async function watch(command: Command, sink: HeatSink, end?: Promise<void>): Promise<void> {
  const flags = command.opts<WatchFlags>();
  const socket = chosenSocket(command);
  const ended = new AbortController();
  // First, so that a signal at any time ends the demo in order.
  const interruption = new Interruption();
  const stop = (): void => ended.abort();
  void interruption.happened.then(stop);
  void end?.then(stop);
  const intervalMs = intervalMsOf(flags);
  let timer: NodeJS.Timeout | undefined;
  let firstMs: number | undefined;
  let demo: HeatDemo | undefined;
  try {
    if (socket === undefined) demo = await HeatDemo.start();
    const connection = new FerryConnection(socket ?? demo!.socket);
    const region = await chooseRegion(connection, flags);
    await receive(connection, region, flags, ended.signal, {
      begin: (header) => {
        sink.begin(header, demo !== undefined);
        if (flags.for !== undefined) timer = setTimeout(stop, flags.for * 1000 + intervalMs + LATE_MS);
      },
      add: (recorded) => {
        sink.add(recorded);
        const { atMs } = recorded.snapshot;
        firstMs ??= atMs;
        // Half an interval: results are a little late, each time.
        if (flags.for !== undefined && atMs - firstMs >= flags.for * 1000 - intervalMs / 2) stop();
      },
    });
  } finally {
    clearTimeout(timer);
    interruption.end();
    await demo?.end();
  }
}

async function receive(
  connection: FerryConnection,
  region: HeatRegion,
  flags: WatchFlags,
  signal: AbortSignal,
  sink: Pick<HeatSink, 'add'> & { begin(header: RecordingHeader): void },
): Promise<void> {
  const { unit, source } = flags;
  const request = {
    region: region.id,
    intervalMs: intervalMsOf(flags),
    unitBytes: unit,
    minUnitBytes: minUnitFor(unit),
    source,
  };
  let end: RecordingEnd;
  try {
    const recording = await openWatch(connection, request, signal);
    sink.begin(recording.header);
    for await (const recorded of recording) {
      sink.add(recorded);
      if (signal.aborted) return;
    }
    ({ end } = recording);
  } catch (error) {
    if (signal.aborted && isAbort(error)) return;
    throw connection.broken(error);
  }
  if (signal.aborted || end.state === 'whole') return;
  const { error } = end;
  if (error === undefined) throw connection.strange();
  throw new RefusedError(error.code, error.message, error.advice);
}

function isAbort(error: unknown): boolean {
  const { name, code } = error as NodeJS.ErrnoException;
  return name === 'AbortError' || code === 'ECONNRESET' || code === 'ABORT_ERR';
}

/** @throws UsageError for flags that contradict each other */
function chosenSocket(command: Command): string | undefined {
  const { demo = false, pid } = command.opts<WatchFlags>();
  if (!demo) return socketOf(command);
  if (pid !== undefined || command.getOptionValueSource('socket') === 'cli') {
    throw new UsageError('--demo: cannot be combined with --socket or --pid. Use one of them');
  }
  return undefined;
}

/** @throws UsageError that lists the regions if there are several */
async function chooseRegion(
  connection: FerryConnection,
  { region: chosen, pid }: WatchFlags,
): Promise<HeatRegion> {
  const found = await regionsOf(connection);
  const { regions } = found;
  if (pid !== undefined && found.pid !== ownNumberOf(pid)) {
    throw new RefusedError(
      'ESRCH',
      `--pid: another process (${found.pid}) listens at the socket of process ${pid}`,
      'Use --socket, or the other process.',
    );
  }
  if (regions.length === 0) {
    throw new RefusedError(
      'ENOENT',
      'the ferry has no regions',
      'Its program has to adopt or allocate memory.',
    );
  }
  if (chosen === undefined && regions.length === 1) return regions[0]!;
  const region = regions.find(({ id }) => id === chosen);
  if (region !== undefined) return region;
  const table = formatTable(
    [...right('region', 'size'), ...left('name')],
    regions.map(({ id, name, bytes }) => [String(id), formatSize(bytes), name]),
  );
  const problem =
    chosen === undefined
      ? `is required, because the ferry has ${regions.length} regions`
      : `unknown region ${chosen}`;
  throw new UsageError(`--region: ${problem}. Choose one of these:\n${table}`);
}
