import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Attributes = Readonly<Record<string, string>>;

/** Attributes of a user queue that is ready for use. */
export const USER_QUEUE: Attributes = {
  state: 'enabled',
  type: 'user',
  driver_name: 'user',
  mode: 'shared',
  size: '16',
  threshold: '16',
  group_id: '0',
  block_on_fault: '0',
  max_transfer_size: '2097152',
  cdev_minor: '0',
};

/** A directory with sys/bus/dsa/devices and dev/dsa as the driver fills them; regular files for the nodes. */
export class FakeSysfs {
  readonly root: string = mkdtempSync(join(tmpdir(), 'pageferry-dsa-'));

  /** The driver is there. */
  bus(): this {
    mkdirSync(join(this.root, 'sys/bus/dsa/devices'), { recursive: true });
    return this;
  }

  device(id: number, attributes: Attributes = { pasid_enabled: '1', numa_node: '0' }): this {
    this.bus();
    this.#write(`dsa${id}`, attributes);
    return this;
  }

  queue(name: string, attributes: Attributes = USER_QUEUE): this {
    this.#write(`dsa${name.slice(2).split('.')[0]}/${name}`, attributes);
    return this;
  }

  /** The queue's character device. */
  node(name: string): this {
    mkdirSync(join(this.root, 'dev/dsa'), { recursive: true });
    writeFileSync(join(this.root, 'dev/dsa', name), '');
    return this;
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }

  #write(path: string, attributes: Attributes): void {
    const directory = join(this.root, 'sys/bus/dsa/devices', path);
    mkdirSync(directory, { recursive: true });
    for (const [key, value] of Object.entries(attributes)) writeFileSync(join(directory, key), `${value}\n`);
  }
}

/** Runs `use` with a directory that is gone afterwards. */
export function withSysfs<T>(use: (sysfs: FakeSysfs) => T): T {
  const sysfs = new FakeSysfs();
  try {
    return use(sysfs);
  } finally {
    sysfs.remove();
  }
}
