import { closeSync, constants, openSync, readSync } from 'node:fs';

const RECORD_BYTES = 8192;

/** What the kernel logs from now on (/dev/kmsg). Empty where this user may not read it. */
export class KernelLog {
  readonly #fd: number | undefined;
  readonly #record = Buffer.alloc(RECORD_BYTES);

  constructor(path = '/dev/kmsg') {
    try {
      this.#fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch {
      return;
    }
    this.read();
  }

  get readable(): boolean {
    return this.#fd !== undefined;
  }

  /** Lines since the last call. */
  read(): string[] {
    const lines: string[] = [];
    if (this.#fd === undefined) return lines;
    for (;;) {
      let bytes: number;
      try {
        bytes = readSync(this.#fd, this.#record);
      } catch (error) {
        // EPIPE: records were overwritten before they were read; the next read continues after them. EAGAIN: no more.
        if ((error as NodeJS.ErrnoException).code === 'EPIPE') continue;
        return lines;
      }
      if (bytes === 0) return lines;
      // "priority,sequence,microseconds,flags;text", and lines that begin with a space (dev-kmsg, Documentation/ABI).
      const text = /^[^;]*;(.*)$/m.exec(this.#record.toString('utf8', 0, bytes))?.[1];
      if (text !== undefined) lines.push(text);
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
  }
}
