import { type Command, InvalidArgumentError } from 'commander';
import { PMD_SIZE } from '../../common/page.js';
import { HEAT_SOURCES, MIN_UNITS } from '../../ferry/heat.js';
import { type AttachFlags, addAttachOptions } from '../attach/attach-options.js';
import { oneOf, seconds, size, wholeNumber } from '../ui/option-parsers.js';

/** The flags of every command that watches a region. */
export interface WatchFlags extends AttachFlags {
  readonly demo?: boolean;
  readonly region?: number;
  readonly for?: number;
  readonly interval?: number;
  readonly unit?: number;
  readonly source?: string;
}

const MIN_INTERVAL_SECONDS = 0.1;
const MAX_INTERVAL_SECONDS = 3600;
const MAX_SECONDS = 7 * 24 * 3600;

export function addWatchOptions(command: Command): Command {
  return addAttachOptions(command)
    .option('--demo', 'watch a demo program (default without --socket and --pid)')
    .option(
      '--region <number>',
      'region to watch, if the ferry has several',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .option(
      '--for <seconds>',
      'end with the result after this time (default: at Ctrl-C)',
      seconds(MAX_SECONDS),
    )
    .option('--interval <seconds>', 'time between two results, 0.1 to 3600 (default: 1)', interval)
    .option('--unit <size>', 'unit of the result, a power of two from 4K to 1G (default: 2M)', unit)
    .option(
      '--source <name>',
      `access source: ${HEAT_SOURCES.join(', ')} (default: auto)`,
      oneOf(HEAT_SOURCES),
    );
}

/**
 * Milliseconds between two results. With `--for` they are a little less than `--interval` if the last interval would be shorter
 * than the others.
 */
export function intervalMsOf({ interval: wanted = 1, for: whole }: WatchFlags): number {
  if (whole === undefined) return Math.round(wanted * 1000);
  const intervals = Math.ceil(whole / wanted - 1e-6);
  return Math.max(MIN_INTERVAL_SECONDS * 1000, Math.round((whole * 1000) / intervals));
}

/** The smallest unit that has to be watched for results of a unit. Undefined for the default. */
export function minUnitFor(unitBytes: number | undefined): number | undefined {
  if (unitBytes === undefined || unitBytes >= PMD_SIZE) return undefined;
  return MIN_UNITS.findLast((each) => each <= unitBytes);
}

function interval(text: string): number {
  const value = seconds(MAX_INTERVAL_SECONDS)(text);
  if (value < MIN_INTERVAL_SECONDS) {
    throw new InvalidArgumentError(`It must be at least ${MIN_INTERVAL_SECONDS} seconds.`);
  }
  return value;
}

function unit(text: string): number {
  const bytes = size(4096, 2 ** 30)(text);
  if (!Number.isInteger(Math.log2(bytes))) {
    throw new InvalidArgumentError('It must be a power of two, such as 64K or 2M.');
  }
  return bytes;
}
