import type { MigrateMode } from '../../src/mm/mode.js';
import type { Batch } from '../../src/mm/pipeline/batch.js';
import type { Machine } from '../../src/mm/ports/machine.js';
import type { WriteProtectPort } from '../../src/mm/ports/write-protect-port.js';
import type { FakeMachine } from './fake-machine.js';

/** Writes down, in `calls`, what the pipeline asks of a machine: the call, and the page it is about if it is about one. */
export class RecordingMachine implements Machine, WriteProtectPort {
  readonly writeProtection: WriteProtectPort = this;
  readonly calls: string[] = [];
  readonly #machine: FakeMachine;

  constructor(machine: FakeMachine) {
    this.#machine = machine;
  }

  /** The calls of these names only, with nothing of what they were about. */
  sequence(...names: string[]): string[] {
    return this.calls.map((call) => call.split(' ')[0]!).filter((name) => names.includes(name));
  }

  now(): number {
    return this.#machine.now();
  }

  isolate(batch: Batch, index: number): number {
    this.calls.push(`isolate ${batch.page[index]}`);
    return this.#machine.isolate(batch, index);
  }

  putback(batch: Batch, index: number): void {
    this.calls.push(`putback ${batch.page[index]}`);
    this.#machine.putback(batch, index);
  }

  takeDestination(batch: Batch, index: number, node: number): number {
    this.calls.push(`take ${batch.page[index]}`);
    return this.#machine.takeDestination(batch, index, node);
  }

  freeDestination(batch: Batch, index: number): void {
    this.calls.push(`drop ${batch.page[index]}`);
    this.#machine.freeDestination(batch, index);
  }

  quarantine(batch: Batch, index: number, ticket: number): void {
    this.calls.push(`quarantine ${batch.page[index]}`);
    this.#machine.quarantine(batch, index, ticket);
  }

  unquarantine(ticket: number): void {
    this.calls.push('unquarantine');
    this.#machine.unquarantine(ticket);
  }

  sameFrames(dst: number, src: number, pages: number): boolean {
    return this.#machine.sameFrames(dst, src, pages);
  }

  supportsBatchCopy(batch: Batch, index: number): boolean {
    return this.#machine.supportsBatchCopy(batch, index);
  }

  unmap(batch: Batch): void {
    this.calls.push('unmap');
    this.#machine.unmap(batch);
  }

  protect(batch: Batch): void {
    this.calls.push('protect');
    this.#machine.protect(batch);
  }

  verifyProtection(batch: Batch): void {
    this.calls.push('verifyProtection');
    this.#machine.verifyProtection(batch);
  }

  unprotect(batch: Batch): void {
    this.calls.push('unprotect');
    this.#machine.unprotect(batch);
  }

  beginCutover(batch: Batch): boolean {
    this.calls.push('beginCutover');
    return this.#machine.beginCutover(batch);
  }

  flush(): void {
    this.calls.push('flush');
    this.#machine.flush();
  }

  copyFrames(dst: number, src: number, pages: number): number {
    this.calls.push(`copy ${this.#machine.pageAt(src)} x${pages}`);
    return this.#machine.copyFrames(dst, src, pages);
  }

  map(batch: Batch): void {
    this.calls.push('map');
    this.#machine.map(batch);
  }

  undo(batch: Batch): void {
    this.calls.push('undo');
    this.#machine.undo(batch);
  }

  pause(mode: MigrateMode, pass: number): void {
    this.calls.push(`pause ${mode} ${pass}`);
    this.#machine.pause();
  }
}
