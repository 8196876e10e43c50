import type { Recorder } from '../trace/recorder.js';
import type { DmaChannel, DmaClient, DmaDevice } from './channel.js';
import { RecordedChannel } from './recorded-channel.js';

/** A DMA device whose channels record when they got their share of a batch, and when they completed it. */
export class RecordedDevice implements DmaDevice {
  readonly name: string;
  readonly channels: number;
  readonly #inner: DmaDevice;
  readonly #recorder: Recorder;

  constructor(inner: DmaDevice, recorder: Recorder) {
    this.#inner = inner;
    this.#recorder = recorder;
    this.name = inner.name;
    this.channels = inner.channels;
  }

  prepare(count: number): Promise<void> {
    return this.#inner.prepare(count);
  }

  requestChannel(client: DmaClient): DmaChannel | undefined {
    let recorded: RecordedChannel | undefined;
    const inner = this.#inner.requestChannel({
      completed: (_channel, cookie, result, bytes) => {
        recorded?.completed(cookie, result);
        client.completed(recorded!, cookie, result, bytes);
      },
    });
    if (inner === undefined) return undefined;
    recorded = new RecordedChannel(inner, this.#recorder);
    return recorded;
  }

  releaseChannel(channel: DmaChannel): void {
    this.#inner.releaseChannel(channel instanceof RecordedChannel ? channel.inner : channel);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
