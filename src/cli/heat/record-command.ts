import { closeSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { formatSize } from '../../common/size.js';
import { showSeconds } from '../../heat/map/axis-text.js';
import type { RecordedSnapshot, RecordingHeader } from '../../heat/recording/format.js';
import { RecordingWriter } from '../../heat/recording/recording-writer.js';
import { UsageError } from '../ui/errors.js';
import { HEAT_WATCH_EXIT_HELP, helpText } from '../ui/exit-code.js';
import { STANDARD_OUTPUT, writing } from '../ui/json-file.js';
import { checkNewFile, openNewFile } from '../ui/new-file.js';
import { type Progress, startProgress } from '../ui/progress.js';
import { fitTerminal } from '../ui/wrap.js';
import { type HeatSink, watch } from './watch.js';
import { addWatchOptions, type WatchFlags } from './watch-options.js';

interface RecordFlags extends WatchFlags {
  readonly force?: boolean;
}

/** How messages name the file. */
const FILE = 'file';

const EXPLANATION = `
Watches a region as 'pageferry heat' does, and writes what it sees to a file
for 'heat report'. Each result is written at once, so the file can be read at
any time, also after a crash. Ctrl-C ends the recording.`;

const EXAMPLES = [
  'pageferry heat record heap.pfheat --pid 4711 --for 60',
  'pageferry heat record demo.pfheat --demo --for 20',
  'pageferry heat report demo.pfheat',
];

export function addHeatRecordCommand(heat: Command): void {
  const command = heat
    .command('record')
    .description('record the heat of a region to a file')
    .argument('<file>', 'the recording to write')
    .option('--force', 'overwrite an existing file');
  addWatchOptions(command)
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES, HEAT_WATCH_EXIT_HELP))
    .action(async (file: string, { force = false, ...flags }: RecordFlags, own: Command) => {
      if (file === STANDARD_OUTPUT)
        throw new UsageError(`${FILE}: '-' is not a file. Name a file for the recording`);
      checkNewFile(FILE, file, force);
      const recorder = new Recorder(file, force, flags);
      try {
        await watch(own, recorder);
      } finally {
        recorder.end();
      }
    });
}

/** Writes a watch to a file. */
class Recorder implements HeatSink {
  readonly #path: string;
  readonly #force: boolean;
  readonly #flags: WatchFlags;
  #file: number | undefined;
  #writer: RecordingWriter | undefined;
  #progress: Progress | undefined;
  #originMs = 0;
  #lastMs = 0;
  #snapshots = 0;
  #bytes = 0;
  #failed = false;

  constructor(path: string, force: boolean, flags: WatchFlags) {
    this.#path = path;
    this.#force = force;
    this.#flags = flags;
  }

  begin(header: RecordingHeader, demo: boolean): void {
    const { name, regionBytes, originMs } = header;
    this.#originMs = originMs;
    this.#lastMs = originMs;
    // Not before there is something to record: a refused watch leaves no file.
    const file = openNewFile(FILE, this.#path, this.#force);
    this.#file = file;
    this.#writer = this.#writing(() => new RecordingWriter(header, (bytes) => this.#write(file, bytes)));
    const what = demo ? 'the demo program' : `${name} (${formatSize(regionBytes)})`;
    console.log(fitTerminal(`Recording ${what} to ${this.#path}. Press Ctrl-C to stop.`));
    const { for: seconds } = this.#flags;
    if (seconds !== undefined) {
      this.#progress = startProgress('heat record', seconds, { of: 'share', traced: false });
    }
  }

  add({ snapshot, workingSets, cost }: RecordedSnapshot): void {
    this.#writing(() => this.#writer!.add(snapshot, workingSets, cost));
    this.#snapshots++;
    this.#lastMs = snapshot.atMs;
    this.#progress?.update((snapshot.atMs - this.#originMs) / 1000);
  }

  /** Ends the recording. */
  end(): void {
    this.#progress?.stop();
    if (this.#file === undefined) return;
    try {
      // A file whose disk was full ends with the last whole part.
      if (!this.#failed) this.#writing(() => this.#writer?.end());
    } finally {
      closeSync(this.#file);
    }
    const seconds = showSeconds(Number(((this.#lastMs - this.#originMs) / 1000).toFixed(1)));
    const count = `${this.#snapshots} snapshot${this.#snapshots === 1 ? '' : 's'}`;
    const bytes = this.#bytes < 1024 ? `${this.#bytes} bytes` : formatSize(this.#bytes);
    console.log(fitTerminal(`${count} in ${seconds}, ${bytes} in ${this.#path}`));
  }

  #writing<T>(write: () => T): T {
    try {
      return writing(FILE, this.#path, write);
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  #write(file: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    this.#bytes += bytes.length;
  }
}
