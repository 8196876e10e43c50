import type { MigrateMode } from '../../mm/mode.js';
import type { Batch } from '../../mm/pipeline/batch.js';
import type { Machine } from '../../mm/ports/machine.js';
import type { ReadThroughPort } from '../../mm/ports/read-through-port.js';

/** A machine that can do read-through copies. */
export interface GuardingMachine extends Machine {
  readonly readThrough: ReadThroughPort;
}

/** Hands every call on to another machine: whoever wants to look at some of them, or to spoil them, extends this. */
export class WrappedMachine implements GuardingMachine, ReadThroughPort {
  readonly readThrough: ReadThroughPort = this;
  protected readonly inner: GuardingMachine;

  constructor(inner: GuardingMachine) {
    this.inner = inner;
  }

  now(): number {
    return this.inner.now();
  }

  isolate(batch: Batch, index: number): number {
    return this.inner.isolate(batch, index);
  }

  putback(batch: Batch, index: number): void {
    this.inner.putback(batch, index);
  }

  takeDestination(batch: Batch, index: number, node: number): number {
    return this.inner.takeDestination(batch, index, node);
  }

  dropDestination(batch: Batch, index: number): void {
    this.inner.dropDestination(batch, index);
  }

  quarantine(batch: Batch, index: number, ticket: number): void {
    this.inner.quarantine(batch, index, ticket);
  }

  unquarantine(ticket: number): void {
    this.inner.unquarantine(ticket);
  }

  supportsBatchCopy(batch: Batch, index: number): boolean {
    return this.inner.supportsBatchCopy(batch, index);
  }

  guard(batch: Batch): void {
    this.inner.readThrough.guard(batch);
  }

  recheck(batch: Batch): void {
    this.inner.readThrough.recheck(batch);
  }

  unguard(batch: Batch): void {
    this.inner.readThrough.unguard(batch);
  }

  swapping(batch: Batch): boolean {
    return this.inner.readThrough.swapping?.(batch) === true;
  }

  unmap(batch: Batch): void {
    this.inner.unmap(batch);
  }

  flush(): void {
    this.inner.flush();
  }

  copyFrames(dst: number, src: number, pages: number): number {
    return this.inner.copyFrames(dst, src, pages);
  }

  sameFrames(dst: number, src: number, pages: number): boolean {
    return this.inner.sameFrames(dst, src, pages);
  }

  map(batch: Batch): void {
    this.inner.map(batch);
  }

  restore(batch: Batch): void {
    this.inner.restore(batch);
  }

  pause(mode: MigrateMode, pass: number): void {
    this.inner.pause(mode, pass);
  }
}
