import { FRAME_QUARANTINED, type PhysicalMemory } from '../hardware/physical-memory.js';

/** Frames that a device may still access, by ticket. They are not free until it is idle. */
export class QuarantinedFrames {
  readonly #memory: PhysicalMemory;
  readonly #frames = new Map<number, number[]>();
  /** First frames of sources whose copy timed out. They are quarantined once their content has moved. */
  readonly #sources = new Map<number, number>();

  constructor(memory: PhysicalMemory) {
    this.#memory = memory;
  }

  hold(ticket: number, frame: number, frames: number): void {
    const quarantined = this.#frames.get(ticket) ?? [];
    for (let k = 0; k < frames; k++) quarantined.push(frame + k);
    this.#frames.set(ticket, quarantined);
    this.#memory.state.fill(FRAME_QUARANTINED, frame, frame + frames);
  }

  holdSource(ticket: number, frame: number): void {
    this.#sources.set(frame, ticket);
  }

  forgetSource(frame: number): void {
    this.#sources.delete(frame);
  }

  /** Called when the content of a source has moved. True if its frames are quarantined now. */
  leave(frame: number, order: number): boolean {
    if (this.#sources.size === 0) return false;
    const ticket = this.#sources.get(frame);
    if (ticket === undefined) return false;
    this.#sources.delete(frame);
    // The device is already idle.
    if (!this.#frames.has(ticket)) return false;
    this.hold(ticket, frame, 1 << order);
    return true;
  }

  release(ticket: number): void {
    for (const frame of this.#frames.get(ticket) ?? []) this.#memory.give(frame, 0);
    this.#frames.delete(ticket);
  }
}
