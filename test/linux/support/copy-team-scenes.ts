import './memory.js';
import assert from 'node:assert/strict';
import { libc } from '../../../src/linux/sys/libc.js';
import type { Mapping } from '../../../src/linux/sys/mman.js';
import { LinuxCopyTeam } from '../../../src/linux/team/linux-copy-team.js';
import { HUGE, memory } from './memory.js';

export const PAGES = HUGE / 4096;

/** How long a helper may wait for a CPU on a busy host. */
const PATIENCE_MS = 60_000;

/** Sources, then destinations; each of 16 MiB. */
export const HALF = 8;

/** Jobs of many large pieces, so that helpers are in the middle of them. */
export class Bench {
  readonly #mapping: Mapping = memory(2 * HALF * HUGE, true);
  readonly bytes = new Uint8Array(libc().view(this.#mapping.address, 2 * HALF * HUGE));
  readonly team: LinuxCopyTeam;

  constructor(pieces = 4096) {
    this.team = new LinuxCopyTeam({ frameBase: this.#mapping.address, pieces, copy: 'fast' });
    this.bytes.fill(0xab, 0, HALF * HUGE);
  }

  /** The number by which the team knows the page at an address. */
  frameOf(address: number): number {
    return (address - this.#mapping.address) / 4096;
  }

  /** `times` over, everything. */
  post(times: number): number {
    const job = this.team.open();
    assert.ok(job >= 0);
    for (let i = 0; i < times; i++) {
      for (let k = 0; k < HALF; k++) this.team.add(job, (HALF + k) * PAGES, k * PAGES, PAGES);
    }
    this.team.start(job);
    return job;
  }

  copy(): void {
    this.clear();
    const job = this.post(1);
    assert.equal(this.team.finish(job, 60e9), true);
    this.team.close(job);
    const [sources, destinations] = [this.bytes.subarray(0, HALF * HUGE), this.bytes.subarray(HALF * HUGE)];
    assert.equal(Buffer.compare(sources, destinations), 0);
  }

  clear(): void {
    this.bytes.fill(0, HALF * HUGE);
  }

  /** Somebody else than the caller has written. */
  helped(): boolean {
    return this.bytes.subarray(HALF * HUGE).includes(0xab);
  }

  /** Waits without copying, so that only a helper can have written. */
  awaitHelp(): void {
    const until = performance.now() + PATIENCE_MS;
    while (!this.helped()) assert.ok(performance.now() < until, 'no helper has copied anything');
  }

  async close(): Promise<void> {
    await this.team.abandon();
    this.#mapping.unmap();
  }
}
