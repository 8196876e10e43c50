import { readFileSync } from 'node:fs';
import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import { openFerry } from '../../ferry/open-ferry.js';
import { pinThread } from '../../linux/sys/affinity.js';
import { describeHost, type Host } from '../harness/host.js';
import { FragmentedMemory } from './fragmented-memory.js';
import { Hog } from './hog.js';
import { readCpuTicks, readVmstat, since, type Vmstat } from './kernel-counters.js';
import { chooseTrigger, compact, type Trigger } from './trigger.js';

export interface CompactionBenchOptions {
  /** Bytes to fragment. */
  readonly size: number;
  readonly runs: number;
  readonly trigger?: Trigger;
  /** Also with a program that competes for the CPU. */
  readonly hog: boolean;
  readonly onRun?: () => void;
}

/** One compaction by the kernel. */
export interface CompactionRun {
  readonly mode: 'idle' | 'busy';
  readonly trigger: Trigger;
  readonly wallMs: number;
  /** Base pages that the kernel migrated, on the whole host. */
  readonly migrated: number;
  /** Null when nothing was migrated. */
  readonly nsPerPage: number | null;
  readonly hogIterations: number | null;
  /** User time of the CPU that compacts, in percent. */
  readonly userPercent: number;
  readonly sysPercent: number;
  readonly idlePercent: number;
  readonly vmstat: Vmstat;
  /** Pages without their content. Anything but 0 is a defect of the kernel. */
  readonly wrongPages: number;
}

export interface CompactionBench {
  readonly schema: 'pageferry.bench.compaction/1';
  readonly host: Host;
  readonly options: { readonly size: number; readonly runs: number; readonly trigger: Trigger };
  readonly rows: readonly CompactionRun[];
  /** pageferry's time for a 4 KiB page from node to node, with the same number of pages; median of the same number of runs. */
  readonly moveNsPerPage: number;
}

/** Fragments memory and makes the kernel compact it, `runs` times. All memory is freed, however it ends. */
export async function benchCompaction(options: CompactionBenchOptions): Promise<CompactionBench> {
  const { size, runs, hog, onRun } = options;
  const trigger = chooseTrigger(options.trigger);
  checkMemory(size);
  const rows: CompactionRun[] = [];
  for (let run = 0; run < runs; run++) {
    for (const mode of hog ? (['idle', 'busy'] as const) : (['idle'] as const)) {
      rows.push(await once(size, trigger, mode));
      onRun?.();
    }
  }
  const moveNsPerPage = await timeMove(size / 2, runs);
  return {
    schema: 'pageferry.bench.compaction/1',
    host: describeHost(),
    options: { size, runs, trigger },
    rows,
    moveNsPerPage,
  };
}

/** Leaves half of the available memory to other programs. */
function checkMemory(size: number): void {
  const available =
    Number(/^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;
  if (size <= available / 2) return;
  throw new MigrationError(
    'EINVAL',
    `--bytes: ${formatSize(size)} is more than half of the available memory`,
    {
      operation: 'bench compaction',
      argument: '--bytes',
      advice: `Use up to ${formatSize(Math.floor(available / 2 ** 21) * 2 ** 20)}.`,
    },
  );
}

async function once(size: number, trigger: Trigger, mode: CompactionRun['mode']): Promise<CompactionRun> {
  const pinned = pinThread();
  let memory: FragmentedMemory | undefined;
  let hog: Hog | undefined;
  try {
    memory = new FragmentedMemory(size);
    hog = mode === 'busy' ? await Hog.start(pinned.cpu) : undefined;
    const [vmstat, ticks, started] = [readVmstat(), readCpuTicks(pinned.cpu), performance.now()];
    compact(trigger, size / 2);
    const wallMs = performance.now() - started;
    const spent = readCpuTicks(pinned.cpu);
    const counted = since(vmstat, readVmstat());
    const hogIterations = hog === undefined ? null : await hog.stop();
    hog = undefined;
    const [user, sys, idle] = [spent.user - ticks.user, spent.sys - ticks.sys, spent.idle - ticks.idle];
    const all = Math.max(1, user + sys + idle);
    const migrated = counted.pgmigrate_success;
    return {
      mode,
      trigger,
      wallMs,
      migrated,
      nsPerPage: migrated === 0 ? null : (wallMs * 1e6) / migrated,
      hogIterations,
      userPercent: (100 * user) / all,
      sysPercent: (100 * sys) / all,
      idlePercent: (100 * idle) / all,
      vmstat: counted,
      wrongPages: memory.countWrong(),
    };
  } finally {
    await hog?.stop();
    memory?.release();
    pinned.undo();
  }
}

async function timeMove(bytes: number, runs: number): Promise<number> {
  const ferry = await openFerry();
  try {
    const region = ferry.allocate(bytes, { node: 0, folioSize: PAGE_SIZE });
    for (const buffer of region.buffers) {
      const words = new Uint8Array(buffer);
      for (let at = 0; at < words.length; at += PAGE_SIZE) words[at] = 1;
    }
    const times: number[] = [];
    // The first migration allocates its destinations.
    for (let run = 0; run <= runs; run++) {
      const { durationNs, foliosMoved } = await region.migrate({ to: run % 2 === 0 ? 1 : 0 });
      if (run > 0) times.push(durationNs / Math.max(1, foliosMoved));
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
  } finally {
    await ferry.close();
  }
}
