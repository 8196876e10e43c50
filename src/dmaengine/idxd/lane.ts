import type { Portal } from './portal.js';
import { QueueMemory } from './queue-memory.js';
import type { WorkQueue } from './work-queues.js';

/** An open work queue with its memory. A channel uses it, and later the next channel. */
export class Lane {
  readonly queue: WorkQueue;
  readonly portal: Portal;
  readonly memory: QueueMemory;
  #open = true;

  /** Takes over the portal, and closes it if this throws. @throws MigrationError ENOMEM */
  constructor(queue: WorkQueue, portal: Portal) {
    this.queue = queue;
    this.portal = portal;
    try {
      this.memory = new QueueMemory(queue.size);
    } catch (error) {
      portal.close();
      throw error;
    }
  }

  get open(): boolean {
    return this.#open;
  }

  /** Only with nothing in flight. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.portal.close();
    this.memory.unmap();
  }
}
