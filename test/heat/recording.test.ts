import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MigrationError } from '../../src/common/migration-error.js';
import { PAGE_SIZE } from '../../src/common/page.js';
import { type HeatSnapshot, snapshotArrays } from '../../src/heat/heat-snapshot.js';
import { crc32 } from '../../src/heat/recording/crc32.js';
import { MAGIC } from '../../src/heat/recording/format.js';
import { readRecording } from '../../src/heat/recording/read-recording.js';
import { RecordingWriter } from '../../src/heat/recording/recording-writer.js';
import { amount } from '../deep.js';
import { chunksOf, makeRecording, readAll, SEES } from './recordings.js';

const MADE = makeRecording();

/** The precision that docs/heat.md promises. */
function same(read: HeatSnapshot, written: HeatSnapshot): void {
  const near = (a: number, b: number, absolute: number, relative: number): void =>
    assert.ok(
      (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= absolute + relative * Math.abs(b),
      `${a} and ${b}`,
    );
  for (const key of ['atMs', 'offset', 'bytes', 'unitBytes', 'source', 'sees'] as const) {
    assert.deepEqual(read[key], written[key], key);
  }
  assert.deepEqual(read.recordPages, written.recordPages);
  for (let unit = 0; unit < written.rate.length; unit++) {
    near(read.rate[unit]!, written.rate[unit]!, 0, 0.0014);
    near(read.age[unit]!, written.age[unit]!, 0.51, 1e-6);
    near(read.observations[unit]!, written.observations[unit]!, 0, 0.091);
    near(read.known[unit]!, written.known[unit]!, 1 / 254, 0);
    near(read.written[unit]!, written.written[unit]!, 0.0026, 0);
  }
}

test('a recording is read as it was written, in chunks of any size', async () => {
  const { header, recorded, end } = await readAll(MADE.bytes);
  assert.deepEqual(header, MADE.header);
  assert.equal(recorded.length, MADE.snapshots.length);
  for (const [i, { snapshot, workingSets }] of recorded.entries()) {
    same(snapshot, MADE.snapshots[i]!);
    assert.deepEqual(workingSets, MADE.sets[i]);
  }
  assert.deepEqual(end, { snapshots: 40, state: 'whole', bytes: MADE.bytes.length, problem: '' });
  for (const size of [7, 4096, 1e6]) assert.deepEqual((await readAll(MADE.bytes, size)).recorded, recorded);
});

test('rates, ages and observations of any size survive', async () => {
  const float = fc.float({ min: 0, max: Math.fround(1e9), noNaN: false });
  const unit = fc.record({
    rate: fc.oneof(
      fc.constant(0),
      float.filter((value) => !(value < 1e-9)),
    ),
    age: float.map((value) => value / 100),
    observations: fc.oneof(
      fc.constant(0),
      fc.float({ min: Math.fround(2e-5), max: Math.fround(1e6), noNaN: true }),
    ),
    known: fc.float({ min: 0, max: 1, noNaN: true }),
    written: fc.oneof(fc.constant(Number.NaN), fc.float({ min: 0, max: 1, noNaN: true })),
    recordPages: fc.constantFrom(0, 1, 8, 64, 100, 512),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(unit, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 6 }),
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      async (all, originMs) => {
        const written = all.map((units, i): HeatSnapshot => {
          const arrays = snapshotArrays(units.length);
          for (const key of ['rate', 'age', 'observations', 'known', 'written', 'recordPages'] as const) {
            arrays[key].set(units.map((each) => each[key]));
          }
          const bytes = units.length * PAGE_SIZE;
          return {
            atMs: originMs + i * 100,
            offset: 0,
            bytes,
            unitBytes: PAGE_SIZE,
            source: 'hint',
            sees: SEES,
            ...arrays,
          };
        });
        const pieces: number[] = [];
        const header = { ...MADE.header, originMs, unitBytes: PAGE_SIZE };
        const writer = new RecordingWriter(header, (bytes) => void pieces.push(...bytes));
        for (const each of written) writer.add(each);
        const { recorded, end } = await readAll(Uint8Array.from(pieces), 64);
        assert.equal(end.state, 'truncated');
        assert.equal(recorded.length, written.length);
        for (const [i, { snapshot }] of recorded.entries()) same(snapshot, written[i]!);
      },
    ),
    { numRuns: amount(20, 60) },
  );
});

test('a recording is compact: a snapshot of a steady program has a few bytes a unit', () => {
  const bytes = MADE.ends.at(-1)! / MADE.snapshots.length / MADE.snapshots[0]!.rate.length;
  assert.ok(bytes < 12, `${bytes} bytes a unit`);
  // And nearly none where nothing changes.
  const { ends, snapshots } = makeRecording({ snapshots: 1 });
  const pieces: number[] = [];
  const writer = new RecordingWriter(MADE.header, (piece) => void pieces.push(piece.length));
  for (let i = 0; i < 3; i++) writer.add({ ...snapshots[0]!, age: snapshots[0]!.age.map(() => Number.NaN) });
  assert.ok(pieces[2]! < 60 && pieces[2]! < ends[1]! - ends[0]!, String(pieces));
});

test('a region that grows has more units in each snapshot', async () => {
  const made = makeRecording({ grows: 100, snapshots: 10 });
  const { recorded } = await readAll(made.bytes);
  const lengths = recorded.map(({ snapshot }) => snapshot.rate.length);
  assert.ok(lengths[9]! > lengths[0]!);
  for (const [i, { snapshot }] of recorded.entries()) same(snapshot, made.snapshots[i]!);
});

test('a file that was cut off anywhere is read up to its last whole snapshot, and says so', async () => {
  const { bytes, ends } = makeRecording({ snapshots: 6, pages: 1024 });
  const whole = await readAll(bytes);
  // Every place in the long run; else every ninth, and those around the ends of snapshots.
  const isTried = (length: number): boolean =>
    length % amount(9, 1) === 0 || ends.some((end) => Math.abs(end - length) <= 1);
  for (let length = ends[0]!; length < bytes.length; length++) {
    if (!isTried(length)) continue;
    const { recorded, end } = await readAll(bytes.subarray(0, length), 1e6);
    const expected = ends.filter((at) => at <= length).length - 1;
    assert.equal(recorded.length, expected, `${length} bytes`);
    assert.deepEqual(recorded, whole.recorded.slice(0, expected));
    assert.equal(end.state, 'truncated');
    assert.equal(end.bytes, ends[expected]);
    assert.match(end.problem, /^the file ends .*: it was cut off, or is still being written$/);
  }
  for (let length = 0; length < ends[0]!; length++) {
    await assert.rejects(readAll(bytes.subarray(0, length)), { code: 'EINVAL', argument: 'some.pfheat' });
  }
});

test('a changed byte is found: nothing after it is read, and nothing wrong before it', async () => {
  const { bytes, ends } = makeRecording({ snapshots: 6, pages: 1024 });
  const whole = await readAll(bytes);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: bytes.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, change) => {
        const changed = bytes.slice();
        changed[at]! ^= change;
        if (at < ends[0]!) {
          await assert.rejects(readAll(changed), { code: 'EINVAL' });
          return;
        }
        const { recorded, end } = await readAll(changed);
        assert.notEqual(end.state, 'whole');
        assert.deepEqual(recorded, whole.recorded.slice(0, recorded.length));
        assert.ok(recorded.length <= ends.filter((each) => each <= at).length - 1);
      },
    ),
    { numRuns: amount(60, 200) },
  );
});

/** A file of frames with valid checksums, so that only their content is wrong. */
function fileOf(frames: readonly (readonly [kind: number, payload: Uint8Array])[]): Uint8Array {
  const parts = frames.map(([kind, payload]) => {
    const frame = new Uint8Array(payload.length + 9);
    const view = new DataView(frame.buffer);
    view.setUint32(0, payload.length, true);
    frame[4] = kind;
    frame.set(payload, 5);
    view.setUint32(payload.length + 5, crc32(frame.subarray(0, payload.length + 5)), true);
    return frame;
  });
  return Uint8Array.from([...MAGIC, 1, ...parts.flatMap((part) => [...part])]);
}

const HEADER = new TextEncoder().encode(JSON.stringify(MADE.header));

test('garbage is a typed error, or is reported as damage, and never anything else', async () => {
  const frame = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.uint8Array({ maxLength: 80 }));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.uint8Array({ maxLength: 200 }).map((rest) => Uint8Array.from([...MAGIC, 1, ...rest])),
        fc.array(frame, { maxLength: 5 }).map(fileOf),
        fc.array(frame, { maxLength: 5 }).map((frames) => fileOf([[1, HEADER], ...frames])),
      ),
      async (bytes) => {
        try {
          const { recorded, end } = await readAll(bytes);
          assert.equal(recorded.length, end.snapshots);
        } catch (error) {
          if (!(error instanceof MigrationError)) throw error;
          assert.equal(error.code, 'EINVAL');
          assert.match(error.problem, /^some\.pfheat: /);
        }
      },
    ),
    { numRuns: amount(250, 1000) },
  );
});

test('a snapshot that claims more units than it can have allocates none of them', async () => {
  const payload = new Uint8Array(40);
  payload[0] = 1;
  // Offset 0, 2^52 bytes in units of 1.
  payload.set([0, 128, 128, 128, 128, 128, 128, 128, 8, 1], 9);
  const { recorded, end } = await readAll(
    fileOf([
      [1, HEADER],
      [2, payload],
    ]),
  );
  assert.equal(recorded.length, 0);
  assert.equal(end.state, 'damaged');
  assert.match(end.problem, /impossible figures, after \d+ bytes$/);
});

test('codes that no snapshot can have are damage, although the checksum is right', async () => {
  const head = new Uint8Array(16);
  head[0] = 1;
  // Offset 0, 4096 bytes in units of 4096, no working set.
  head.set([0, 128, 32, 128, 32, 0], 9);
  const column = (...code: readonly number[]): Uint8Array =>
    Uint8Array.from([...head.subarray(0, 15), ...code]);
  const rest = [0, 0, 0, 0, 0, 0].fill(1);
  const cases: readonly (readonly [payload: Uint8Array, snapshots: number])[] = [
    [column(...rest), 1],
    // No unit changes, or the first one by 2: a rate of 1.
    [column(0, 4, ...rest.slice(1)), 1],
    // Below 0, and above the largest code of a rate.
    [column(0, 1, ...rest.slice(1)), 0],
    [column(0, 128, 128, 16, ...rest.slice(1)), 0],
    // More units than there are.
    [column(2, ...rest.slice(1)), 0],
    // More and less than six columns.
    [column(...rest, 1), 0],
    [column(...rest.slice(1)), 0],
  ];
  for (const [payload, snapshots] of cases) {
    const { recorded, end } = await readAll(
      fileOf([
        [1, HEADER],
        [2, payload],
        [3, new Uint8Array()],
      ]),
    );
    assert.equal(recorded.length, snapshots, String(payload));
    assert.equal(end.state, snapshots === 1 ? 'whole' : 'damaged');
  }
});

test('frames of a kind that this version does not know are skipped', async () => {
  const { recorded, end } = await readAll(
    fileOf([
      [1, HEADER],
      [77, Uint8Array.of(1, 2)],
      [3, new Uint8Array()],
    ]),
  );
  assert.equal(recorded.length, 0);
  assert.equal(end.state, 'whole');
});

test('costs come with their snapshots, and an error ends the recording', async () => {
  const pieces: Uint8Array[] = [];
  const writer = new RecordingWriter(MADE.header, (bytes) => pieces.push(bytes.slice()));
  const cost = { cpuNs: 1e6, stalledNs: 0, units: 2 ** 40, touched: 3 };
  writer.add(MADE.snapshots[0]!, MADE.sets[0], cost);
  writer.add(MADE.snapshots[1]!, MADE.sets[1]);
  const error = { code: 'ECANCELED', message: 'the region was released', advice: 'Watch another.' };
  writer.fail(error);
  // Nothing comes after it.
  writer.end();
  assert.throws(() => writer.add(MADE.snapshots[2]!), { code: 'EINVAL', argument: 'snapshot' });
  const { recorded, end } = await readAll(Buffer.concat(pieces));
  assert.deepEqual(
    recorded.map((each) => each.cost),
    [cost, undefined],
  );
  same(recorded[1]!.snapshot, MADE.snapshots[1]!);
  assert.deepEqual(end.error, error);
  assert.deepEqual([end.state, end.snapshots], ['truncated', 2]);
  assert.equal(end.problem, 'the watch ended with an error: the region was released (ECANCELED)');
});

test('costs and errors that cannot be are damage', async () => {
  const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const figures = (...values: readonly number[]): Uint8Array =>
    new Uint8Array(Float64Array.from(values).buffer);
  const cases: readonly (readonly [kind: number, payload: Uint8Array, state: string])[] = [
    [4, figures(1, 2, 3, 4), 'whole'],
    // A later version may append figures.
    [4, figures(1, 2, 3, 4, -5), 'whole'],
    [4, figures(1, 2, 3), 'damaged'],
    [4, figures(1, -2, 3, 4), 'damaged'],
    [4, figures(Number.NaN, 2, 3, 4), 'damaged'],
    [4, figures(1, 2, 3, Number.POSITIVE_INFINITY), 'damaged'],
    [4, new Uint8Array(), 'damaged'],
    [5, text({ code: 'EIO', message: 'x' }), 'truncated'],
    [5, text({ code: 'EIO', message: 'a\u001b[2Jb' }), 'damaged'],
    [5, text({ code: 'E\n', message: 'x' }), 'damaged'],
    [5, text({ code: 'EIO', message: 'x'.repeat(1001) }), 'damaged'],
    [5, text({ code: 'EIO', message: 'x', advice: 3 }), 'damaged'],
    [5, text({ message: 'x' }), 'damaged'],
    [5, text([]), 'damaged'],
    [5, Uint8Array.of(0xff), 'damaged'],
  ];
  for (const [kind, payload, state] of cases) {
    const { end } = await readAll(
      fileOf([
        [1, HEADER],
        [kind, payload],
        [3, new Uint8Array()],
      ]),
    );
    assert.equal(end.state, state, `${kind}: ${Buffer.from(payload).toString()}`);
  }
});

const WRONG: readonly (readonly [name: string, bytes: Uint8Array, problem: RegExp])[] = [
  ['an empty file', new Uint8Array(), /the file is empty, and not a heat recording/],
  ['a text', new TextEncoder().encode('{"schema": "pageferry.sim.move/2"}'), /not a heat recording/],
  ['a later version', Uint8Array.from([...MAGIC, 9]), /has version 9 of the format, .* reads version 1/],
  ['a file that ends after its magic', MAGIC, /ends within its header/],
  ['no header', fileOf([[3, new Uint8Array()]]), /the header is missing/],
  ['a header that is not JSON', fileOf([[1, Uint8Array.of(1, 2)]]), /the header is not a JSON object/],
  ['a header of an array', fileOf([[1, new TextEncoder().encode('[]')]]), /not a JSON object/],
  [
    'a header with control characters',
    fileOf([[1, new TextEncoder().encode(JSON.stringify({ ...MADE.header, name: 'a\u001b[2J' }))]]),
    /impossible name/,
  ],
  [
    'a header without a source of sight',
    fileOf([[1, new TextEncoder().encode(JSON.stringify({ ...MADE.header, sees: 'all' }))]]),
    /impossible sees\.reads/,
  ],
];

for (const [name, bytes, problem] of WRONG) {
  test(`${name} is an error that names the file`, async () => {
    await assert.rejects(readAll(bytes), (error) => {
      assert.ok(error instanceof MigrationError);
      assert.match(error.problem, problem);
      assert.ok(error.problem.startsWith('some.pfheat: '));
      return true;
    });
  });
}

test('snapshots that do not belong to the recording are refused before anything is written', () => {
  let written = 0;
  const writer = new RecordingWriter(MADE.header, () => void written++);
  const snapshot = MADE.snapshots[0]!;
  assert.throws(() => writer.add({ ...snapshot, unitBytes: 4096 }), {
    code: 'EINVAL',
    argument: 'snapshot.unitBytes',
  });
  const large = { ...snapshot, rate: new Float32Array(2 ** 22 + 1) };
  assert.throws(() => writer.add(large), { code: 'EINVAL', argument: 'snapshot' });
  assert.equal(written, 1);
  writer.end();
  writer.end();
  assert.equal(written, 2);
  assert.throws(() => writer.add(snapshot), { code: 'EINVAL' });
});

test('the stream is closed when the reader stops early, and when the file is wrong', async () => {
  let closed = 0;
  async function* watched(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* chunksOf(bytes, 100);
    } finally {
      closed++;
    }
  }
  for await (const _ of await readRecording(watched(MADE.bytes), 'x')) break;
  assert.equal(closed, 1);
  await assert.rejects(readRecording(watched(new Uint8Array(500)), 'x'));
  assert.equal(closed, 2);
});

test('the checksum is that of gzip and PNG', () => {
  assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
});
