import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { FerryClient } from '../../../src/cli/param/ferry-client.js';
import { RefusedError } from '../../../src/cli/ui/errors.js';
import { ferryParameters } from '../../../src/ferry/ferry-parameters.js';
import { ParameterServer } from '../../../src/parameters/socket/parameter-server.js';
import { FakeParameterHost } from '../../ferry/support/fake-parameter-host.js';
import { ask } from '../../ferry/support/http-request.js';
import { openRaw } from '../../ferry/support/raw-request.js';
import { anyProperty, type FuzzTarget, type OpenTarget } from '../support/target.js';
import { anyText, textOf } from '../support/text.js';

const CHANNELS = '/module/dcbm/parameters/nr_dma_chan';

const method = fc.constantFrom(
  'GET',
  'PUT',
  'POST',
  'HEAD',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'get',
  'X',
  '',
);
const url = fc.oneof(
  fc.constantFrom(
    '/',
    '*',
    CHANNELS,
    `${CHANNELS}/..`,
    `http://x${CHANNELS}`,
    `/${CHANNELS}`,
    `${CHANNELS}?a=b#c`,
  ),
  textOf('/.%0aA?#', [
    '..',
    '%2e%2e',
    '%2f',
    '%00',
    '\0',
    'module',
    '\\',
    '//',
    '__proto__',
    '\xff',
    '\u00e9',
  ]),
);
const header = fc.constantFrom(
  'Host: x',
  'Content-Length: 1',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Expect: 100-continue',
  'Expect: nonsense',
  'Connection: close',
  'Connection: upgrade',
  'Upgrade: websocket',
  `X: ${'y'.repeat(9000)}`,
  ' folded',
  'no colon',
  'Content-Type: \xff\xfe',
);
const body = fc.oneof(
  fc.constantFrom('', '4', '0x10\n', '3\r\nabc\r\n0\r\n\r\n', 'ffffffffff\r\n', '1;x=y\r\n4\r\n0\r\n\r\n'),
  fc.constant('1'.repeat(5000)),
);

/** A request, and from there any bytes: cut off, with a byte changed, or sent several times. */
const request = fc
  .tuple(
    method,
    url,
    fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/9', ''),
    fc.array(header, { maxLength: 4 }),
    body,
  )
  .map(
    ([m, u, version, headers, b]) =>
      `${m} ${u} ${version}\r\n${headers.map((h) => `${h}\r\n`).join('')}\r\n${b}`,
  );
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 600 }).map((raw) => Buffer.from(raw)),
  request.map((text) => Buffer.from(text, 'latin1')),
  fc.tuple(request, fc.nat(200)).map(([text, cut]) => Buffer.from(text.slice(0, cut), 'latin1')),
  fc.tuple(request, fc.nat(300), fc.nat(255)).map(([text, at, byte]) => {
    const changed = Buffer.from(text, 'latin1');
    if (changed.length > 0) changed[at % changed.length] = byte;
    return changed;
  }),
  fc.array(request, { maxLength: 30 }).map((many) => Buffer.from(many.join(''), 'latin1')),
);

/** Every answer in what came back is HTTP, and none says that something unforeseen happened. */
function checkAnswers(received: string): void {
  for (const [, status] of received.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
    assert.ok(Number(status) < 500, `status ${status}`);
  }
  if (received !== '') assert.match(received, /^HTTP\/1\.1 \d{3} /);
}

async function openServer(): Promise<OpenTarget> {
  const folder = mkdtempSync(join(tmpdir(), 'pf-'));
  const path = join(folder, 's');
  const host = new FakeParameterHost();
  const tree = ferryParameters(host);
  const server = await ParameterServer.listen(path, tree);
  const property = fc.asyncProperty(bytes, async (raw) => {
    const { socket, received, ended } = await openRaw(path);
    socket.end(raw);
    await ended;
    checkAnswers(received());
    const channels = host.settings.get('nr_dma_chan');
    assert.ok(channels >= 1 && channels <= 16);
    const { status, body: shown } = await ask(path, 'GET', CHANNELS);
    assert.deepEqual([status, shown], [200, `${channels}\n`]);
  });
  return {
    property: anyProperty(property),
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const json = fc.oneof(
  fc.json(),
  fc.constantFrom(
    'null',
    '[null]',
    '[{}]',
    '[{"path":1}]',
    '{"code":1}',
    '{"code":"E","message":[]}',
    '[',
    '"x"',
  ),
  anyText,
);
const answer = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((raw) => Buffer.from(raw)),
  fc
    .tuple(fc.constantFrom(200, 204, 404, 500, 101, 301, 999), json, fc.integer({ min: -1, max: 1 }))
    .map(([status, text, off]) =>
      Buffer.from(
        `HTTP/1.1 ${status} x\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(text) + off}\r\n\r\n${text}`,
      ),
    ),
);

/** `pageferry param` asks whatever listens there: it may be anything. */
async function openClient(): Promise<OpenTarget> {
  const folder = mkdtempSync(join(tmpdir(), 'pf-'));
  const path = join(folder, 's');
  let says: Buffer = Buffer.alloc(0);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.resume();
    socket.end(says);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const property = fc.asyncProperty(answer, anyText, async (bytesSaid, text) => {
    says = bytesSaid;
    const client = new FerryClient(path);
    for (const result of await Promise.allSettled([client.list(), client.get(text), client.set(text, 'x')])) {
      const shown =
        result.status === 'fulfilled' ? JSON.stringify(result.value ?? '') : (result.reason as Error).message;
      if (result.status === 'rejected')
        assert.ok(result.reason instanceof RefusedError, String(result.reason));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey
      assert.doesNotMatch(shown, /[\u0000-\u001f\u007f-\u009f]/);
    }
  });
  return {
    property: anyProperty(property),
    close: () => {
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export const SOCKET_TARGETS: readonly FuzzTarget[] = [
  { name: 'what a control socket is sent', runs: 300, open: openServer },
  { name: 'what pageferry param is answered', runs: 100, open: openClient },
];
