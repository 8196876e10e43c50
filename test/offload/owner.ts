import type { Migrator, MigratorOwner } from '../../src/offload/migrator.js';

/** An owner that counts its references. */
export class CountingOwner implements MigratorOwner {
  references = 0;
  gone = false;

  acquire(): boolean {
    if (this.gone) return false;
    this.references++;
    return true;
  }

  release(): void {
    this.references--;
  }
}

/** A migrator that does nothing, for tests of who may register it and when it may go. */
export function idleMigrator(name: string, owner?: MigratorOwner): Migrator {
  const offloadCopy = (): number => 0;
  return owner === undefined ? { name, offloadCopy } : { name, offloadCopy, owner };
}
