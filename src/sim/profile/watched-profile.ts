import type { HardwareProfile } from './hardware-profile.js';

type Fields = Readonly<Record<string, unknown>>;

/** A figure that was read, and its value. `figure` is undefined where the presence of a whole group was read. */
interface Read {
  readonly group: string;
  readonly figure: string | undefined;
  readonly value: unknown;
}

/**
 * A profile that notes which of its figures are read. For the code that read them, two profiles
 * with the same values of these figures are the same.
 */
export class WatchedProfile {
  /** To be read instead of the profile. */
  readonly profile: HardwareProfile;
  readonly #reads: Read[] = [];

  constructor(profile: HardwareProfile) {
    // The only group that may be absent.
    const fields: Fields = { tables: undefined, ...profile };
    this.profile = this.#watch(fields, (group, value) => {
      if (typeof value === 'object' && value !== null) {
        this.#reads.push({ group, figure: undefined, value: true });
        return this.#watch(value as Fields, (figure, read) => {
          this.#reads.push({ group, figure, value: read });
          return read;
        });
      }
      this.#reads.push({ group, figure: undefined, value });
      return value;
    }) as unknown as HardwareProfile;
  }

  /** Whether `other` has the same values of all figures that were read. */
  agreesWith(other: HardwareProfile): boolean {
    return this.#reads.every(({ group, figure, value }) => {
      const of = (other as unknown as Fields)[group];
      if (figure !== undefined) return (of as Fields)[figure] === value;
      return value === true ? typeof of === 'object' && of !== null : of === value;
    });
  }

  /** An object with the same fields. The first read of a field makes it an ordinary one, because loops read it again. */
  #watch(fields: Fields, onRead: (name: string, value: unknown) => unknown): Fields {
    const watched = {};
    for (const [name, value] of Object.entries(fields)) {
      Object.defineProperty(watched, name, {
        configurable: true,
        enumerable: true,
        get() {
          const read = onRead(name, value);
          Object.defineProperty(watched, name, { enumerable: true, value: read });
          return read;
        },
      });
    }
    return watched;
  }
}
