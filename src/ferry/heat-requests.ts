import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe } from '../common/describe-value.js';
import { clearTimeout, setTimeout } from '../common/host-timers.js';
import { invalidArgument, MigrationError } from '../common/migration-error.js';
import { PAGE_SIZE, PMD_SIZE } from '../common/page.js';
import type { RecordedError, RecordingHeader } from '../heat/recording/format.js';
import { asText } from '../heat/recording/json-payload.js';
import { RecordingWriter } from '../heat/recording/recording-writer.js';
import {
  type OtherRequests,
  refusalOf,
  sendJson,
  unsupportedMethod,
} from '../parameters/socket/parameter-requests.js';
import type { Ferry } from './ferry.js';
import { defaultHalfLife, type HeatOptions, type WatchedHeat } from './heat.js';
import type { Region } from './region.js';

/** The answer to `GET /heat`. */
export interface HeatRegions {
  /** The process of the ferry, by its own number. */
  readonly pid: number;
  readonly regions: readonly HeatRegion[];
}

export interface HeatRegion {
  readonly id: number;
  readonly name: string;
  /** Bytes that can be watched. */
  readonly bytes: number;
}

const OPERATION = 'heat';
/** Watches of all clients together. Other connections stay free for parameters. */
const MAX_WATCHES = 16;
/** Units of a snapshot. The owner's thread encodes them, some milliseconds for so many. */
const MAX_UNITS = 2 ** 18;
/** The owner's thread encodes so often at most. */
const MIN_INTERVAL_MS = 100;
/** The first snapshot comes sooner than the others. */
const FIRST_MS = 200;
/** The client's time to read what was sent. Until then no snapshot is taken for it. */
const READING_MS = 5000;
/** Addresses: the list of regions, and the watch of one. */
const ADDRESS = /^\/heat(?:\/([^/?]*)(?:\?(.*))?)?$/s;
/** The options of a request, and whether they are numbers. */
const NUMERIC = { intervalMs: true, unitBytes: true, minUnitBytes: true, source: false } as const;

/**
 * Heat for other processes: the list of regions, and the watch of one as a stream that has the form of a recording.
 * docs/heat.md describes the protocol.
 */
export class HeatRequests implements OtherRequests {
  readonly #ferry: Ferry;
  #watches = 0;

  constructor(ferry: Ferry) {
    this.#ferry = ferry;
  }

  has(url: string): boolean {
    return ADDRESS.test(url);
  }

  async answer(
    { method = '', url = '' }: IncomingMessage,
    response: ServerResponse,
    closing: AbortSignal,
  ): Promise<void> {
    const [, id, query] = ADDRESS.exec(url) ?? [];
    if (id === undefined) {
      if (method !== 'GET' && method !== 'HEAD') throw getOnly(response, method, 'GET, HEAD');
      sendJson(response, 200, this.#regions());
      return;
    }
    // A response to HEAD has no body, and would never end.
    if (method !== 'GET') throw getOnly(response, method, 'GET');
    // A response behind another one does not notice the end of its connection.
    if (response.socket === null) {
      throw new MigrationError('EBUSY', 'a watch cannot begin before earlier requests are answered', {
        operation: OPERATION,
        advice: 'Use a connection of its own.',
      });
    }
    const region = this.#region(id);
    const options = optionsOf(query);
    checkCost(region, options);
    if (this.#watches >= MAX_WATCHES) {
      throw new MigrationError('EBUSY', `${MAX_WATCHES} clients watch regions of this ferry already`, {
        operation: OPERATION,
        advice: 'End one of them.',
      });
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    this.#watches++;
    try {
      await stream(region, { ...options, signal: AbortSignal.any([gone.signal, closing]) }, response);
    } finally {
      this.#watches--;
    }
  }

  #regions(): HeatRegions {
    const regions = this.#ferry.regions.map((region) => ({
      id: region.id,
      name: asText(region.name),
      bytes: region.migratableBytes,
    }));
    return { pid: process.pid, regions };
  }

  #region(id: string): Region {
    const known = this.#ferry.regions;
    const found = known.find((region) => String(region.id) === id);
    if (found !== undefined) return found;
    throw new MigrationError('ENOENT', `region: unknown region ${describe(id)}`, {
      operation: OPERATION,
      argument: 'region',
      advice:
        known.length === 0
          ? 'The ferry has no regions.'
          : `Known: ${known.map((each) => each.id).join(', ')}.`,
    });
  }
}

/** The options of a request. `region.heat` checks the values. @throws MigrationError EINVAL that names the option */
function optionsOf(query = ''): HeatOptions {
  const options: Record<string, unknown> = {};
  for (const part of query === '' ? [] : query.split('&')) {
    const [name, value] = part.split(/=(.*)/s) as [string, string?];
    if (!Object.hasOwn(NUMERIC, name)) {
      throw invalidArgument(
        OPERATION,
        'options',
        `unknown option ${describe(name)}. Known: ${Object.keys(NUMERIC).join(', ')}`,
      );
    }
    if (value === undefined || Object.hasOwn(options, name)) {
      throw invalidArgument(OPERATION, `options.${name}`, 'must have one value');
    }
    options[name] = NUMERIC[name as keyof typeof NUMERIC] && /^\d{1,15}$/.test(value) ? Number(value) : value;
  }
  return options;
}

/** The owner's thread encodes what it sends. @throws MigrationError EINVAL for more than it should spend on that */
function checkCost(region: Region, { intervalMs, unitBytes = PMD_SIZE }: HeatOptions): void {
  if (intervalMs !== undefined && intervalMs < MIN_INTERVAL_MS) {
    throw invalidArgument(
      OPERATION,
      'options.intervalMs',
      `must be at least ${MIN_INTERVAL_MS} for another process, not ${describe(intervalMs)}`,
    );
  }
  const units = Math.ceil(region.migratableBytes / unitBytes);
  if (units > MAX_UNITS) {
    throw invalidArgument(
      OPERATION,
      'options.unitBytes',
      `${describe(unitBytes)} makes ${units} units, and another process gets at most ${MAX_UNITS}`,
      'Use larger units.',
    );
  }
}

/** Sends snapshots until the client is gone, the server closes, or the watch ends. */
async function stream(
  region: Region,
  options: HeatOptions & { readonly signal: AbortSignal },
  response: ServerResponse,
): Promise<void> {
  const { intervalMs = 1000, signal } = options;
  // All options are checked here. An error up to the first snapshot is an ordinary response.
  const later = region.heat(options);
  const first = await firstOf(region.heat({ ...options, intervalMs: Math.min(FIRST_MS, intervalMs) }));
  if (first === undefined) throw endOf(region);
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Cache-Control': 'no-store',
    Connection: 'close',
  });
  const writer = new RecordingWriter(headerOf(region, first, intervalMs, options.source), (bytes) => {
    if (!response.closed) response.write(bytes.slice());
  });
  const send = async ({ snapshot, workingSets, cost }: WatchedHeat): Promise<void> => {
    writer.add(snapshot, workingSets, cost);
    if (response.writableNeedDrain) await drained(response, signal);
  };
  let error: RecordedError;
  try {
    await send(first);
    for await (const watched of later) await send(watched);
    error = refusalOf(endOf(region));
  } catch (cause) {
    error = refusalOf(cause);
  }
  const { code, message, advice } = error;
  writer.fail({ code, message: asText(message), advice: advice === undefined ? undefined : asText(advice) });
  response.end();
}

async function firstOf<T>(values: AsyncIterable<T>): Promise<T | undefined> {
  for await (const value of values) return value;
  return undefined;
}

/** Why a watch has ended without an error. */
function endOf({ released }: Region): MigrationError {
  return released
    ? new MigrationError('ECANCELED', 'the region was released', { operation: OPERATION, argument: 'region' })
    : new MigrationError('EBADF', 'the server was closed', { operation: OPERATION });
}

function headerOf(
  region: Region,
  { snapshot }: WatchedHeat,
  intervalMs: number,
  asked: HeatOptions['source'],
): RecordingHeader {
  const { bytes, unitBytes, source, sees, atMs } = snapshot;
  const sinceMs = Math.min(FIRST_MS, intervalMs);
  return {
    name: asText(region.name),
    regionBytes: bytes,
    pageBytes: PAGE_SIZE,
    unitBytes,
    source,
    sees,
    originMs: atMs - sinceMs,
    startedAtMs: Date.now() - sinceMs,
    halfLifeMs: defaultHalfLife(asked),
  };
}

/** Waits until the client has read. Ends the connection of one that does not. */
async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  const timer = setTimeout(() => response.destroy(), READING_MS).unref();
  try {
    await once(response, 'drain', { signal });
  } catch {
    // The client is gone, or the server closes.
  } finally {
    clearTimeout(timer);
  }
}

function getOnly(response: ServerResponse, method: string, allowed: string): MigrationError {
  response.setHeader('Allow', allowed);
  return unsupportedMethod(method, `Use ${allowed.split(',')[0]} to watch a region.`);
}
