import type { CopyPort } from '../../mm/ports/machine.js';
import type { CopyList, Migrator, MigratorOwner, StartedCopy } from '../../offload/migrator.js';

/** A migrator that records violations: its use after the release of its owner. */
export class ObservedMigrator implements Migrator {
  readonly name: string;
  readonly owner: MigratorOwner;
  readonly whenQuiet?: () => Promise<void>;
  readonly violations: string[] = [];
  readonly #inner: Migrator;
  #released = 0;
  #copies = 0;

  constructor(inner: Migrator) {
    this.#inner = inner;
    this.name = inner.name;
    if (inner.whenQuiet !== undefined) this.whenQuiet = () => inner.whenQuiet!();
    this.owner = {
      acquire: () => inner.owner?.acquire() ?? true,
      release: () => {
        if (++this.#released > 1) this.violations.push('its owner was released twice');
        if (this.#copies > 0) this.violations.push('its owner was released in the middle of a copy');
        return inner.owner?.release();
      },
    };
  }

  offloadCopy(list: CopyList, port: CopyPort): number {
    const started = this.startCopy(list, port);
    return typeof started === 'number' ? started : started.finish();
  }

  startCopy(list: CopyList, port: CopyPort): StartedCopy | number {
    this.#observe('is given a batch');
    this.#copies++;
    const started = this.#inner.startCopy?.(list, port) ?? this.#inner.offloadCopy(list, port);
    if (typeof started === 'number') {
      this.#copies--;
      return started;
    }
    return {
      finish: () => {
        this.#observe('is polled for the end of a copy');
        this.#copies--;
        return started.finish();
      },
    };
  }

  #observe(what: string): void {
    if (this.#released > 0) this.violations.push(`it ${what} after its owner was released`);
  }
}
