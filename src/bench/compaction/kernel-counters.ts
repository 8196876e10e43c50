import { readFileSync } from 'node:fs';

/** The counters of /proc/vmstat for compaction and migration. */
export const VMSTAT = [
  'pgmigrate_success',
  'pgmigrate_fail',
  'compact_migrate_scanned',
  'compact_free_scanned',
  'compact_isolated',
  'compact_stall',
  'compact_success',
  'thp_fault_alloc',
] as const;

export type Vmstat = Readonly<Record<(typeof VMSTAT)[number], number>>;

/** Clock ticks of one CPU, in the order of /proc/stat (proc_stat(5)). */
export interface CpuTicks {
  readonly user: number;
  readonly sys: number;
  readonly idle: number;
}

/** A counter that this kernel does not have is 0. */
export function readVmstat(text: string = readFileSync('/proc/vmstat', 'utf8')): Vmstat {
  const values = new Map(
    text.split('\n').map((line) => {
      const [name = '', value = '0'] = line.split(' ');
      return [name, Number(value)] as const;
    }),
  );
  return Object.fromEntries(VMSTAT.map((name) => [name, values.get(name) ?? 0])) as Vmstat;
}

export function since(before: Vmstat, after: Vmstat): Vmstat {
  return Object.fromEntries(VMSTAT.map((name) => [name, after[name] - before[name]])) as Vmstat;
}

export function readCpuTicks(cpu: number, text: string = readFileSync('/proc/stat', 'utf8')): CpuTicks {
  const line = text.split('\n').find((each) => each.startsWith(`cpu${cpu} `));
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0] =
    line?.split(' ').slice(1).map(Number) ?? [];
  return { user: user + nice, sys: system + irq + softirq, idle: idle + iowait };
}
