import '../ferry/support/watchdog.js';
import { describe, test } from 'node:test';
import type { DmaDevice } from '../../src/dmaengine/channel.js';
import { copyCases } from './conformance-copies.js';
import { lifecycleCases } from './conformance-lifecycle.js';
import { CopyBench } from './copy-bench.js';

/** A device with nothing prepared, and memory that it can copy from and to. */
export interface DmaDeviceUnderTest {
  readonly device: DmaDevice;
  /** At least 16 MiB that are present. `bytes` is what the device calls `address`. */
  readonly memory: { readonly address: number; readonly bytes: Uint8Array };
  /** Lets the device work for a while where nobody waits for it; not needed by one that works on its own. */
  work?(): void;
  /** Called last, with the device closed. */
  close(): Promise<void>;
}

/** Registers a case. */
export type Behaves = (behaviour: string, check: (bench: CopyBench) => Promise<void> | void) => void;

/** What any DmaDevice owes its clients (src/dmaengine/channel.ts), in code. `setup` is called once for each case. */
export function dmaDeviceConformance(name: string, setup: () => Promise<DmaDeviceUnderTest>): void {
  const behaves: Behaves = (behaviour, check) => {
    test(behaviour, async () => {
      const subject = await setup();
      const bench = new CopyBench(subject);
      try {
        await check(bench);
        bench.checkContent();
        await bench.settle(subject.device.close());
      } finally {
        await subject.close();
      }
    });
  };

  describe(`${name} keeps the contract of a DMA device`, () => {
    copyCases(behaves);
    lifecycleCases(behaves);
  });
}
