import { checkModule } from '../common/check-module.js';
import { checkInteger, readFields } from '../common/check-options.js';
import { checkPlain } from '../common/check-plain.js';
import { describe, printable } from '../common/describe-value.js';
import { invalidArgument, MigrationError } from '../common/migration-error.js';
import { checkErrorOptions, type ErrorMigratorOptions } from '../migrators/error/error-options.js';
import type { MigratorMessage } from './thread/protocol.js';

/**
 * Copies on the migration thread. Neighbouring folios are copied as one run.
 *
 * @see {@link Ferry.registerMigrator} for an example
 */
export interface CpuOption {
  /** `cpu` */
  readonly name: 'cpu';
}

/**
 * Copies on several threads. One of them is the migration thread.
 *
 * @see {@link Ferry.registerMigrator} for an example
 */
export interface MtcopyOption {
  /** `mtcopy` */
  readonly name: 'mtcopy';
  /**
   * Threads that copy, the migration thread included: 1 to 64.
   *
   * @defaultValue the parameter `threads`
   */
  readonly threads?: number;
}

/**
 * Copies by DMA channels.
 *
 * @see {@link Ferry.registerMigrator} for an example
 */
export interface DcbmOption {
  /** `dcbm` */
  readonly name: 'dcbm';
  /**
   * Maximum number of DMA channels: 1 to 16.
   *
   * @defaultValue the parameter `nr_dma_chan`
   */
  readonly channels?: number;
  /**
   * `soft`: each channel is a thread. `idxd`: channels are the user work queues of an Intel DSA.
   *
   * @defaultValue `'soft'`
   */
  readonly device?: 'soft' | 'idxd';
}

/**
 * A migrator that fails on purpose, for tests (docs/reliability.md).
 *
 * @see {@link Ferry.registerMigrator} for an example
 */
export interface ErrorOption extends ErrorMigratorOptions {
  /** `error` */
  readonly name: 'error';
  /**
   * The migrator that copies.
   *
   * @defaultValue `{ name: 'cpu' }`
   */
  readonly inner?: CpuOption | MtcopyOption | DcbmOption;
}

/**
 * A migrator that the program itself provides (docs/own-migrators.md).
 *
 * @see {@link Ferry.registerMigrator} for an example
 */
export interface ModuleOption {
  /** `file:` or `data:` URL of a module that exports `createMigrator`. */
  readonly module: URL | string;
  /** Passed to its `createMigrator`: any value that can be cloned. */
  readonly options?: unknown;
}

/**
 * The migrators that can be registered.
 *
 * @see {@link Ferry.registerMigrator} for an example
 */
export type MigratorOption = CpuOption | MtcopyOption | DcbmOption | ErrorOption | ModuleOption;

const OPERATION = 'registerMigrator';
/** Fields that are also read from the prototype. The faults of `error` have to be own properties. */
const FIELDS = ['name', 'module', 'options', 'threads', 'channels', 'device', 'inner'];
const KNOWN = ['cpu', 'mtcopy', 'dcbm', 'error'];
const ADVICE =
  "Use, for example, { name: 'dcbm', channels: 4 } or { module: new URL('./mine.js', import.meta.url) }.";

/**
 * Checks an option, and returns the message for the migration thread.
 * @throws MigrationError EINVAL, or ENODEV for an unknown name. Both name the bad option.
 */
export function checkMigratorOption(given: MigratorOption, argument = 'migrator'): MigratorMessage {
  checkPlain(OPERATION, argument, given, ADVICE);
  const option = readFields(OPERATION, argument, given, FIELDS) as unknown as MigratorOption;
  if ('module' in option) {
    refuseOthers(option, argument, ['module', 'options']);
    return { name: 'module', ...checkModule('registerMigrator', 'migrator', option.module, option.options) };
  }
  if (typeof option.name !== 'string') {
    throw invalidArgument(OPERATION, argument, 'must have a name or a module', ADVICE);
  }
  switch (option.name) {
    case 'cpu':
      refuseOthers(option, argument, ['name']);
      return { name: 'cpu' };
    case 'mtcopy':
      refuseOthers(option, argument, ['name', 'threads']);
      checkOptional(`${argument}.threads`, option.threads, 64);
      return { name: 'mtcopy', threads: option.threads };
    case 'dcbm':
      refuseOthers(option, argument, ['name', 'channels', 'device']);
      checkOptional(`${argument}.channels`, option.channels, 16);
      return { name: 'dcbm', channels: option.channels, device: checkDevice(option, argument) };
    case 'error': {
      const { name, inner = { name: 'cpu' }, ...faults } = option;
      checkErrorOptions(faults, OPERATION, argument);
      return { name, inner: checkInner(inner, `${argument}.inner`), faults };
    }
    default:
      throw new MigrationError(
        'ENODEV',
        `${argument}.name: unknown migrator ${describe((option as MtcopyOption).name)}`,
        { operation: OPERATION, argument: `${argument}.name`, advice: `Known: ${KNOWN.join(', ')}.` },
      );
  }
}

/** Checks its name before its `inner`, because an option may contain itself. */
function checkInner(given: NonNullable<ErrorOption['inner']>, argument: string): MigratorMessage {
  if (typeof given === 'object' && given !== null) {
    const option = readFields(OPERATION, argument, given, FIELDS) as unknown as ErrorOption | ModuleOption;
    if ('module' in option || option.name === 'error') {
      throw invalidArgument(OPERATION, argument, 'must be one of cpu, mtcopy, dcbm');
    }
    return checkMigratorOption(option as unknown as MigratorOption, argument);
  }
  return checkMigratorOption(given, argument);
}

function checkOptional(argument: string, value: number | undefined, max: number): void {
  if (value !== undefined) checkInteger(OPERATION, argument, value, 1, max);
}

function checkDevice({ device = 'soft' }: DcbmOption, argument: string): 'soft' | 'idxd' {
  if (device === 'soft' || device === 'idxd') return device;
  throw invalidArgument(OPERATION, `${argument}.device`, `must be 'soft' or 'idxd', not ${describe(device)}`);
}

function refuseOthers(option: object, argument: string, known: readonly string[]): void {
  for (const name of Object.keys(option)) {
    if (known.includes(name)) continue;
    throw invalidArgument(
      OPERATION,
      `${argument}.${printable(name)}`,
      'unknown option',
      `Known: ${known.join(', ')}.`,
    );
  }
}
