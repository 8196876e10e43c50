import type { AutopilotOptions } from '../autopilot/autopilot.js';
import { formatSize, parseSize } from '../common/size.js';
import { POLICY_NAMES } from '../policy/policies.js';

/** The settings of pageferry/auto. */
export interface AutoSettings {
  /** Bytes from which a memory is adopted. */
  readonly minBytes: number;
  /** File of the report, `-` for standard error. */
  readonly report: string | undefined;
  /** Path at which the ferry is served for `pageferry heat` and `pageferry param`. */
  readonly socket: string | undefined;
  /** Port of the dashboard, 0 for any. */
  readonly dashboard: number | undefined;
  readonly autopilot: AutopilotOptions;
}

/** One setting: a flag of `pageferry run`, and an environment variable. */
export interface Setting {
  /** As commander writes flags. */
  readonly flag: string;
  readonly variable: string;
  readonly help: string;
  /** Checks a value and returns it. @throws RangeError with the problem */
  readonly parse: (text: string) => unknown;
  /** Whether the value is a path, relative to the folder in which the command was given. `-` is standard error. */
  readonly isPath?: boolean;
}

/** Bytes from which memories are adopted. The preload has it as well, because it loads no other module. */
export const DEFAULT_MIN_BYTES = 64 * 2 ** 20;

function bytes(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = parseSize(text);
    if (value >= min && value <= max) return value;
    throw new RangeError(`It must be from ${formatSize(min)} to ${formatSize(max)}.`);
  };
}

function number(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new RangeError(`It must be a number from ${min} to ${max}.`);
  };
}

function word<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((each) => each === text);
    if (found !== undefined) return found;
    throw new RangeError(`It must be one of ${words.join(', ')}.`);
  };
}

function onOff(text: string): boolean {
  return word(['on', 'off'])(text) === 'on';
}

function path(text: string): string {
  if (text === '') throw new RangeError('It must name a file.');
  return text;
}

function port(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new RangeError('It must be a port, from 0 to 65535.');
}

/** The settings, by name. docs/run.md has the same table. */
export const SETTINGS = {
  minBytes: {
    flag: '--min-size <bytes>',
    variable: 'PAGEFERRY_AUTO_MIN_SIZE',
    help: 'adopt memories of at least this size (default: 64M)',
    parse: bytes(8192, 2 ** 40),
  },
  report: {
    flag: '--report [file]',
    variable: 'PAGEFERRY_AUTO_REPORT',
    help: 'report at exit and on SIGUSR2, on standard error; with =file, into it',
    parse: path,
    isPath: true,
  },
  socket: {
    flag: '--socket <path>',
    variable: 'PAGEFERRY_AUTO_SOCKET',
    help: "serve the ferry there, for 'pageferry heat' and 'pageferry param'",
    parse: path,
    isPath: true,
  },
  dashboard: {
    flag: '--dashboard <port>',
    variable: 'PAGEFERRY_AUTO_DASHBOARD',
    help: 'serve the dashboard on this port of 127.0.0.1, and print its address',
    parse: port,
  },
  policy: {
    flag: '--policy <name>',
    variable: 'PAGEFERRY_AUTO_POLICY',
    help: `policy: ${POLICY_NAMES.join(', ')} (default: auto)`,
    parse: word(POLICY_NAMES),
  },
  nodes: {
    flag: '--nodes <on|off>',
    variable: 'PAGEFERRY_AUTO_NODES',
    help: 'move memory between nodes (default: if they differ)',
    parse: onOff,
  },
  hugePages: {
    flag: '--huge-pages <on|off>',
    variable: 'PAGEFERRY_AUTO_HUGE_PAGES',
    help: 'bring hot memory onto huge pages (default: if the host has them)',
    parse: onOff,
  },
  pageOut: {
    flag: '--page-out <on|off>',
    variable: 'PAGEFERRY_AUTO_PAGE_OUT',
    help: 'page cold memory out (default: if swap is zram)',
    parse: onOff,
  },
  bytesPerSecond: {
    flag: '--bytes-per-second <bytes>',
    variable: 'PAGEFERRY_AUTO_BYTES_PER_SECOND',
    help: 'maximum bytes moved in a second (default: 256M)',
    parse: bytes(4096, 2 ** 40),
  },
  cpuShare: {
    flag: '--cpu-share <part>',
    variable: 'PAGEFERRY_AUTO_CPU_SHARE',
    help: 'maximum CPU time, as a share of one CPU (default: 0.05)',
    parse: number(0.0001, 1),
  },
  maxPauseMs: {
    flag: '--max-pause-ms <ms>',
    variable: 'PAGEFERRY_AUTO_MAX_PAUSE_MS',
    help: 'maximum wait of a thread for a page, at p99.9 (default: 5)',
    parse: number(0.05, 10_000),
  },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof SETTINGS;

/**
 * Reads the settings from the environment. An empty variable counts as absent.
 * @throws RangeError that names the variable
 */
export function readSettings(environment: NodeJS.ProcessEnv): AutoSettings {
  const value = <N extends SettingName>(name: N): ReturnType<(typeof SETTINGS)[N]['parse']> | undefined => {
    const { variable, parse } = SETTINGS[name];
    const text = environment[variable];
    if (text === undefined || text === '') return undefined;
    try {
      return parse(text) as ReturnType<(typeof SETTINGS)[N]['parse']>;
    } catch (error) {
      throw new RangeError(`${variable}: '${text}' is not valid. ${(error as Error).message}`);
    }
  };
  const given = <N extends SettingName>(...names: readonly N[]): object =>
    Object.fromEntries(names.map((name) => [name, value(name)]).filter(([, found]) => found !== undefined));
  return {
    minBytes: value('minBytes') ?? DEFAULT_MIN_BYTES,
    report: value('report'),
    socket: value('socket'),
    dashboard: value('dashboard'),
    autopilot: {
      ...given('policy', 'bytesPerSecond', 'cpuShare', 'maxPauseMs'),
      actuators: given('nodes', 'hugePages', 'pageOut'),
    },
  };
}
