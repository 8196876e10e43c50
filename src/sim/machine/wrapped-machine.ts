import type { MigrateMode } from '../../mm/mode.js';
import type { Batch } from '../../mm/pipeline/batch.js';
import type { Machine } from '../../mm/ports/machine.js';
import type { WriteProtectPort } from '../../mm/ports/write-protect-port.js';

/** A machine that can do write-protected copies. */
export interface ProtectingMachine extends Machine {
  readonly writeProtection: WriteProtectPort;
}

/** Forwards every call to another machine. Subclasses observe or break some calls. */
export class WrappedMachine implements ProtectingMachine, WriteProtectPort {
  readonly writeProtection: WriteProtectPort = this;
  protected readonly inner: ProtectingMachine;

  constructor(inner: ProtectingMachine) {
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

  freeDestination(batch: Batch, index: number): void {
    this.inner.freeDestination(batch, index);
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

  protect(batch: Batch): void {
    this.inner.writeProtection.protect(batch);
  }

  verifyProtection(batch: Batch): void {
    this.inner.writeProtection.verifyProtection(batch);
  }

  unprotect(batch: Batch): void {
    this.inner.writeProtection.unprotect(batch);
  }

  beginCutover(batch: Batch): boolean {
    return this.inner.writeProtection.beginCutover?.(batch) === true;
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

  undo(batch: Batch): void {
    this.inner.undo(batch);
  }

  pause(mode: MigrateMode, pass: number): void {
    this.inner.pause(mode, pass);
  }
}
