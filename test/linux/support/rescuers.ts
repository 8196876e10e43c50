import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { Journal } from '../../../src/linux/rescue/journal.js';
import { rescue } from '../../../src/linux/rescue/journal-rescue.js';
import { lastActRoutine } from '../../../src/linux/rescue/last-act.js';
import { libc } from '../../../src/linux/sys/libc.js';

const routine = lastActRoutine();

/** What brings the pages back: another thread in JavaScript, or the dying one in machine code, where there is one. */
export const rescuers: readonly (readonly [string, ((journal: Journal) => void) | undefined])[] = [
  ['another thread', rescue],
  [
    'the last act',
    routine === undefined
      ? undefined
      : (journal) => {
          const words = new Int32Array(journal.buffer);
          libc().callable(routine)(libc().addressOf(words), 0, 0);
          assert.ok(words.length > 0);
        },
  ],
];

export function isOpen(fd: number): boolean {
  return existsSync(`/proc/self/fd/${fd}`);
}
