import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const FOLDER = '/sys/kernel/mm/ksm';
/** How long another process may have KSM, in seconds. */
const LOCK_SECONDS = 100;
const POLL_MS = 20;
const MAX_POLLS = 500;

/**
 * Switches KSM on, and puts its settings back when standard input ends: also when the test is killed. KSM belongs to the whole
 * host, so one process at a time may have it.
 */
const GUARD = `
cd "$1" || exit 1
exec 9<run || exit 1
command -v flock >/dev/null || { echo 'flock(1) is missing'; exit 1; }
flock -w ${LOCK_SECONDS} 9 || { echo 'KSM is used by another test'; exit 1; }
run=$(cat run) scan=$(cat pages_to_scan) pause=$(cat sleep_millisecs)
trap '' INT TERM HUP
restore() { echo "$run" >run; echo "$scan" >pages_to_scan; echo "$pause" >sleep_millisecs; }
echo 50000 >pages_to_scan && echo "$2" >sleep_millisecs && echo 1 >run || { restore; exit 1; }
echo ready
read -r _
restore
`;

/** The kernel's daemon that merges pages of equal content, at work without a pause. */
export class Ksm {
  readonly #guard: ChildProcessWithoutNullStreams;

  private constructor(guard: ChildProcessWithoutNullStreams) {
    this.#guard = guard;
  }

  /** Returns why not, where KSM cannot be switched on. */
  static async start(pauseMs = 0): Promise<Ksm | string> {
    const guard = spawn('/bin/sh', ['-c', GUARD, 'sh', FOLDER, String(pauseMs)], { detached: true });
    let said = '';
    guard.stdout.on('data', (data) => {
      said += data;
    });
    guard.stderr.on('data', (data) => {
      said += data;
    });
    const ended = once(guard, 'close');
    while (!said.includes('ready')) {
      if ((await Promise.race([ended, sleep(POLL_MS)])) !== undefined)
        return `KSM cannot be started: ${said}`;
    }
    return new Ksm(guard);
  }

  /** Puts the settings back that it had. */
  async end(): Promise<void> {
    const ended = once(this.#guard, 'close');
    this.#guard.stdin.end();
    await ended;
  }

  /** Waits until so many pages of this process are merged, 10 s at most. Returns how many are. */
  static merged(min: number): Promise<number> {
    return settled((pages) => pages >= min);
  }

  /** Waits until no more pages of this process are merged, 10 s at most. Returns how many are. */
  static atMost(max: number): Promise<number> {
    return settled((pages) => pages <= max);
  }
}

async function settled(enough: (pages: number) => boolean): Promise<number> {
  let pages = mergedPages();
  for (let poll = 0; poll < MAX_POLLS && !enough(pages); poll++) {
    await sleep(POLL_MS);
    pages = mergedPages();
  }
  return pages;
}

/** Base pages of this process that are merged, as the kernel last counted them. */
function mergedPages(): number {
  const text = readFileSync('/proc/self/ksm_stat', 'latin1');
  return Number(/^ksm_merging_pages (\d+)$/m.exec(text)?.[1] ?? 0);
}
