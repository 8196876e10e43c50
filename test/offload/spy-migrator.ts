import type { CopyPort } from '../../src/mm/ports/machine.js';
import type { CopyList, Migrator } from '../../src/offload/migrator.js';
import type { FakeMachine } from '../machine/fake-machine.js';

/** Copies folio `index` of the list and marks it if that went well; returns what the copy returned. */
export function copyOne(list: CopyList, port: CopyPort, index: number): number {
  const error = port.copyFrames(list.dst[index]!, list.src[index]!, 1 << list.order[index]!);
  if (error === 0) list.copied[index] = 1;
  return error;
}

/** Copies and marks the folios that `which` picks by their position in the list, and no others. */
export function copySome(list: CopyList, port: CopyPort, which: (index: number) => boolean): number {
  let failure = 0;
  for (let i = 0; i < list.length; i++) {
    if (which(i)) failure = copyOne(list, port, i) || failure;
  }
  return failure;
}

/** Remembers the program's pages of each list that it is given, and then does as it is told. */
export class SpyMigrator implements Migrator {
  readonly name = 'spy';
  /** The first page of each folio, list by list. */
  readonly lists: number[][] = [];
  readonly #fake: FakeMachine;
  readonly #behaviour: Migrator['offloadCopy'];

  constructor(
    fake: FakeMachine,
    behaviour: Migrator['offloadCopy'] = (list, port) => copySome(list, port, () => true),
  ) {
    this.#fake = fake;
    this.#behaviour = behaviour;
  }

  offloadCopy(list: CopyList, port: CopyPort): number {
    this.lists.push(Array.from(list.src.subarray(0, list.length), (frame) => this.#fake.pageAt(frame)));
    return this.#behaviour(list, port);
  }
}
