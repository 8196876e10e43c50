import assert from 'node:assert/strict';
import type { Random } from '../../../src/common/random.js';
import { libc } from '../../../src/linux/sys/libc.js';

/**
 * Reads descriptors as an Intel DSA and its driver do, and does what they say, in process and one step at a time.
 *
 * It is a second reading of the published layout (struct dsa_hw_desc and struct dsa_completion_record of
 * include/uapi/linux/idxd.h; idxd_cdev_write of drivers/dma/idxd/cdev.c) and shares no constant with the first:
 * fields are found by their byte offsets, with a DataView.
 */

/** How a queue is configured. */
export interface StandInConfig {
  readonly entries: number;
  readonly dedicated: boolean;
  readonly blockOnFault: boolean;
  readonly maxTransfer: number;
}

/** A descriptor that was accepted, as it was read. */
export interface Job {
  readonly flags: number;
  readonly opcode: number;
  readonly record: number;
  readonly src: number;
  readonly dst: number;
  readonly bytes: number;
}

/** What becomes of a job. */
export type Outcome =
  | { readonly kind: 'copy' }
  /** A page fault after `bytes`. With `backwards` they are the last ones of the copy. */
  | { readonly kind: 'fault'; readonly bytes: number; readonly write: boolean; readonly backwards?: boolean }
  | { readonly kind: 'status'; readonly status: number }
  /** Taken, and never heard of again. */
  | { readonly kind: 'silence' };

export type Fate = (job: Job) => Outcome;

const COPY: Outcome = { kind: 'copy' };

export class DsaStandIn {
  readonly config: StandInConfig;
  /** Every job that was accepted. */
  readonly jobs: Job[] = [];
  /** Overrides what becomes of each job. */
  fate: Fate = () => COPY;
  /** What submit answers instead of looking, as long as it is not 0. */
  refusal = 0;
  closed = false;
  readonly #pending: Job[] = [];
  readonly #random: Random;
  readonly #staging = new DataView(new SharedArrayBuffer(64));
  readonly #stagingAt: number;

  constructor(config: StandInConfig, random: Random) {
    this.config = config;
    this.#random = random;
    this.#stagingAt = libc().addressOf(new Uint8Array(this.#staging.buffer));
  }

  /** Jobs that it has not finished. */
  get pending(): number {
    return this.#pending.length;
  }

  /** What write(2) of 64 bytes at an address does: 0 or a negative errno. */
  submit(address: number): number {
    assert.ok(!this.closed, 'nothing is submitted to a closed queue');
    if (this.refusal !== 0) return this.refusal;
    libc().memcpy(this.#stagingAt, address, 64);
    const job = read(this.#staging);
    if (job.record % 32 !== 0) return -22;
    if (this.#pending.length >= this.config.entries) {
      // MOVDIR64B says nothing about a full queue: the descriptor is lost.
      assert.ok(!this.config.dedicated, 'a dedicated queue was filled beyond its size');
      return -11;
    }
    this.jobs.push(job);
    this.#pending.push(job);
    return 0;
  }

  /** Finishes one job, whichever. */
  step(): void {
    if (this.#pending.length === 0) return;
    const [job] = this.#pending.splice(this.#random(this.#pending.length), 1);
    this.#finish(job!);
  }

  /** Finishes what it has, in any order. */
  run(): void {
    while (this.#pending.length > 0) this.step();
  }

  #finish(job: Job): void {
    const objection = this.#objection(job);
    if (objection !== undefined) {
      this.#write(job, objection.status, { invalidFlags: objection.flags });
      return;
    }
    const outcome = this.fate(job);
    if (outcome.kind === 'copy') {
      this.#copy(job, 0, job.bytes);
      this.#write(job, 0x01, {});
    } else if (outcome.kind === 'status') {
      this.#write(job, outcome.status, {});
    } else if (outcome.kind === 'fault') {
      this.#fault(job, outcome);
    }
  }

  #fault(job: Job, { bytes, write, backwards = false }: Extract<Outcome, { kind: 'fault' }>): void {
    const from = backwards ? job.bytes - bytes : 0;
    this.#copy(job, from, bytes);
    const side = write ? job.dst : job.src;
    const address = side + (backwards ? from - 1 : bytes);
    const status = (job.flags & 0x2 ? 0x04 : 0x03) | (write ? 0x80 : 0);
    this.#write(job, status, { bytes, result: backwards ? 1 : 0, address: address - (address % 4096) });
  }

  #copy({ src, dst }: Job, from: number, bytes: number): void {
    if (bytes > 0) libc().memcpy(dst + from, src + from, bytes);
  }

  /** What the device finds wrong with a descriptor before it touches anything. */
  #objection({ flags, opcode, bytes }: Job): { status: number; flags: number } | undefined {
    if (opcode !== 3) return { status: 0x10, flags: 0 };
    // Of a copy: 2, 3, 8, 9, 10, 12, 13, and 1 if the queue allows it. No fence, no interrupt, nothing reserved.
    const allowed = 0b0011_0111_0000_1100 | (this.config.blockOnFault ? 0b10 : 0);
    const wrong = flags & ~allowed;
    if (wrong !== 0) return { status: 0x11, flags: wrong };
    if (bytes === 0 || bytes > this.config.maxTransfer) return { status: 0x13, flags: 0 };
    return undefined;
  }

  #write(job: Job, status: number, more: RecordFields): void {
    const record = this.#staging;
    for (let i = 0; i < 32; i++) record.setUint8(i, 0);
    record.setUint8(1, more.result ?? 0);
    record.setUint32(4, more.bytes ?? 0, true);
    record.setBigUint64(8, BigInt(more.address ?? 0), true);
    record.setUint32(16, more.invalidFlags ?? 0, true);
    libc().memcpy(job.record + 1, this.#stagingAt + 1, 31);
    // The status is what makes the rest valid.
    record.setUint8(0, status);
    libc().memcpy(job.record, this.#stagingAt, 1);
  }
}

interface RecordFields {
  readonly bytes?: number;
  readonly result?: number;
  readonly address?: number;
  readonly invalidFlags?: number;
}

function read(view: DataView): Job {
  const operation = view.getUint32(4, true);
  const flags = operation & 0x00ff_ffff;
  assert.equal(view.getUint32(0, true), 0, 'PASID, reserved bits and privilege are not for a user to set');
  assert.equal(flags & 0b1100, 0b1100, 'a copy asks for a completion record');
  assert.equal(view.getUint16(36, true), 0, 'no interrupt is asked for, so there is no handle');
  assert.equal(view.getUint16(38, true), 0, 'reserved');
  for (let at = 40; at < 64; at++) assert.equal(view.getUint8(at), 0, `byte ${at} is of no use to a copy`);
  return {
    flags,
    opcode: operation >>> 24,
    record: Number(view.getBigUint64(8, true)),
    src: Number(view.getBigUint64(16, true)),
    dst: Number(view.getBigUint64(24, true)),
    bytes: view.getUint32(32, true),
  };
}
