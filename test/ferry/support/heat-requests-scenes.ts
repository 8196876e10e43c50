import './watchdog.js';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { serveParameters } from '../../../src/ferry/serve-parameters.js';
import type { RecordedSnapshot } from '../../../src/heat/recording/format.js';
import { type Recording, readRecording } from '../../../src/heat/recording/read-recording.js';
import { type Ferry, openFerry, type Region } from '../../../src/index.js';
import type { ParameterRefusal } from '../../../src/parameters/socket/parameter-requests.js';
import { fill } from './content.js';
import { MIB } from './fixture.js';
import { ask } from './http-request.js';
import { temporaryFolder } from './parameter-server-fixture.js';

interface Served {
  readonly ferry: Ferry;
  readonly path: string;
  readonly buffer: SharedArrayBuffer;
  readonly region: Region;
}

/** A ferry with a region of 8 MiB, at a socket. */
export async function served(t: TestContext): Promise<Served> {
  const path = join(temporaryFolder(t), 's');
  const ferry = await openFerry();
  t.after(() => ferry.close());
  const buffer = new SharedArrayBuffer(8 * MIB);
  fill(buffer);
  const region = ferry.adopt(buffer, { name: 'heap' });
  await serveParameters(ferry, path);
  return { ferry, path, buffer, region };
}

export interface Stream {
  readonly response: IncomingMessage;
  readonly recording: Recording;
}

export async function openStream(path: string, address: string): Promise<Stream> {
  const sent = request({ socketPath: path, path: address, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  return { response, recording: await readRecording(response, 'stream') };
}

/** The first snapshots of a stream, which is left open if there are enough of them. */
export async function take({ recording }: Stream, count: number): Promise<RecordedSnapshot[]> {
  const taken: RecordedSnapshot[] = [];
  for await (const recorded of recording) {
    taken.push(recorded);
    if (taken.length === count) break;
  }
  return taken;
}

/** Reads a stream to its end. */
export async function drain(
  { recording }: Stream,
  onSnapshot: () => void = () => undefined,
): Promise<Recording> {
  for await (const _ of recording) onSnapshot();
  return recording;
}

export async function refusalOf(path: string, address: string, method = 'GET') {
  const { status, body } = await ask(path, method, address);
  return { status, ...(JSON.parse(body) as ParameterRefusal) };
}
