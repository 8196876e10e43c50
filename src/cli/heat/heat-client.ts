import { MigrationError } from '../../common/migration-error.js';
import type { HeatRegion, HeatRegions } from '../../ferry/heat-requests.js';
import { type Recording, readRecording } from '../../heat/recording/read-recording.js';
import type { FerryConnection } from '../attach/ferry-connection.js';
import { printable } from '../attach/printable.js';
import { RefusedError } from '../ui/errors.js';

/** A region to watch, and the options of `region.heat`. Undefined ones are left to the ferry. */
export interface WatchRequest {
  readonly region: number;
  readonly intervalMs: number;
  readonly unitBytes: number | undefined;
  readonly minUnitBytes: number | undefined;
  readonly source: string | undefined;
}

/** Arguments of `region.heat`, and the flags that have their values. */
const FLAGS: readonly (readonly [argument: RegExp, flag: string])[] = [
  [/options\.intervalMs\b/g, '--interval'],
  [/options\.(minUnitBytes|unitBytes)\b/g, '--unit'],
  [/options\.source\b/g, '--source'],
];

/** The regions of a ferry. @throws RefusedError */
export async function regionsOf(connection: FerryConnection): Promise<HeatRegions> {
  const { pid, regions } = connection.parse(await named(connection.send('GET', '/heat'))) as Partial<
    Record<keyof HeatRegions, unknown>
  >;
  if (typeof pid !== 'number' || !Array.isArray(regions)) throw connection.strange();
  return {
    pid,
    regions: regions.map((each: unknown) => {
      const { id, name, bytes } = Object(each) as Partial<Record<keyof HeatRegion, unknown>>;
      if (!Number.isSafeInteger(id) || typeof name !== 'string' || !Number.isSafeInteger(bytes)) {
        throw connection.strange();
      }
      return { id: id as number, name: printable(name), bytes: bytes as number };
    }),
  };
}

/** Begins a watch. The recording comes as long as the watch lasts. `signal` ends it. @throws RefusedError */
export async function openWatch(
  connection: FerryConnection,
  { region, ...options }: WatchRequest,
  signal: AbortSignal,
): Promise<Recording> {
  const query = Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join('&');
  const response = await named(connection.open(`/heat/${region}?${query}`, signal));
  try {
    return await readRecording(response, 'heat');
  } catch (error) {
    // The stream is not a recording.
    throw error instanceof MigrationError ? connection.strange() : error;
  }
}

/** Names the flags in a refusal. */
async function named<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const { code, message } = error;
    const problem = message.slice(`${code}: `.length);
    throw new RefusedError(
      code,
      FLAGS.reduce((text, [argument, flag]) => text.replace(argument, flag), problem),
      undefined,
      error,
    );
  }
}
