import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DMA_ERROR } from '../../src/dmaengine/channel.js';
import { RecordedDevice } from '../../src/dmaengine/recorded-device.js';
import { Simulation } from '../../src/sim/simulation.js';
import { EventRing } from '../../src/trace/event-ring.js';
import type { FerryEvent } from '../../src/trace/ferry-event.js';
import { Recorder } from '../../src/trace/recorder.js';
import { RingReader } from '../../src/trace/ring-reader.js';
import { sampled } from '../deep.js';
import { zen3 } from '../sim/profiles.js';
import { only } from '../trace/recorded.js';
import { dmaDeviceConformance } from './conformance.js';

const PAGE = 4096;

function recordedDevice(options: ConstructorParameters<typeof Simulation>[0]) {
  const sim = new Simulation({ nodePages: [4096], words: 1024, ...options });
  const recorder = new Recorder(new EventRing(undefined, 4096), () => sim.clock.now);
  const reader = new RingReader(recorder.ring);
  return { sim, reader, device: new RecordedDevice(sim.device, recorder) };
}

for (const reads of sampled([true, false], 1)) {
  const profile = zen3({ iommu: 0, queueDepth: 512, maxSegmentBytes: 2 ** 20 });
  dmaDeviceConformance(`a device that is recorded, ${reads ? 'with' : 'without'} a reader,`, async () => {
    const { sim, reader, device } = recordedDevice({ profile, reorder: true });
    if (!reads) reader.close();
    return {
      device,
      memory: { address: 0, bytes: sim.memory.content.bytesOf(0) },
      work: () => sim.clock.advance(1e6),
      close: async () => {},
    };
  });
}

function copies(count: number, fate?: (channel: number) => { delayNs?: number; failAfter?: number }) {
  const profile = zen3({ iommu: 0, queueDepth: 512 });
  const { sim, reader, device } = recordedDevice({ profile, ...(fate === undefined ? {} : { fate }) });
  sim.device.have(1);
  const results: number[] = [];
  const channel = device.requestChannel({ completed: (_, _cookie, result) => results.push(result) })!;
  for (let i = 0; i < count; i++) {
    channel.submit(channel.prepMemcpy((i + 100) * PAGE, i * PAGE, PAGE));
  }
  channel.issuePending();
  const read = (): readonly FerryEvent[] => reader.read().events;
  const drain = (): void => {
    while (channel.inFlight > 0) channel.wait(1e9);
  };
  return { sim, channel, results, drain, read };
}

test('a share is told when it is issued, and when its last descriptor was heard to have ended', () => {
  const { sim, channel, drain, read } = copies(3);
  const [begun] = only(read(), 'share-begin');
  assert.deepEqual([begun!.lane, begun!.pieces, begun!.bytes], [channel.name, 3, 3 * PAGE]);
  assert.equal(only(read(), 'share').length, 0);
  drain();
  const [share] = only(read(), 'share');
  assert.deepEqual(
    [share!.lane, share!.pieces, share!.bytes, share!.outcome],
    [channel.name, 3, 3 * PAGE, 'done'],
  );
  assert.equal(share!.at, begun!.at);
  assert.ok(share!.ns > 0 && share!.at + share!.ns <= sim.clock.now);
});

test('one descriptor that fails makes it a share that has failed', () => {
  const { results, drain, read } = copies(2, () => ({ failAfter: 100 }));
  drain();
  assert.deepEqual(results, [DMA_ERROR, DMA_ERROR]);
  assert.equal(only(read(), 'share')[0]!.outcome, 'failed');
});

test('a channel that is given up: so is its share', async () => {
  const { sim, channel, read } = copies(2, () => ({ delayNs: 1e9 }));
  const quiet = channel.terminate();
  assert.equal(only(read(), 'share')[0]!.outcome, 'given-up');
  sim.clock.advance(1e10);
  await quiet;
  assert.equal(only(read(), 'share').length, 1);
});
