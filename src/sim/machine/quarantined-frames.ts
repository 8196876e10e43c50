import { FRAME_QUARANTINED, type PhysicalMemory } from '../hardware/physical-memory.js';

/** Frames that a device may still touch, by ticket: nobody gets them before it has come to rest. */
export class QuarantinedFrames {
  readonly #memory: PhysicalMemory;
  readonly #frames = new Map<number, number[]>();
  /** First frame of a source whose copy was given up: it is put aside as soon as its content has left it. */
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

  /** The content of a source has left it. True when it was put aside; else its frames are free. */
  leave(frame: number, order: number): boolean {
    if (this.#sources.size === 0) return false;
    const ticket = this.#sources.get(frame);
    if (ticket === undefined) return false;
    this.#sources.delete(frame);
    // The device has come to rest meanwhile.
    if (!this.#frames.has(ticket)) return false;
    this.hold(ticket, frame, 1 << order);
    return true;
  }

  release(ticket: number): void {
    for (const frame of this.#frames.get(ticket) ?? []) this.#memory.give(frame, 0);
    this.#frames.delete(ticket);
  }
}
