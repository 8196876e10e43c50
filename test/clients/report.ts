import type { Answer } from './answer.js';
import type { Client } from './client.js';
import type { Moved } from './mover.js';

/** What calls of the program met in one way to migrate. */
export interface WayReport {
  readonly calls: number;
  /** While those calls were running. */
  readonly bytesMoved: number;
}

/** What a process tells its parent at its end. */
export interface Report {
  readonly answers: readonly Answer[];
  /** These are there if heaps were migrated. */
  readonly moved?: Moved;
  readonly tablesMoved?: number;
  readonly ways?: Readonly<Record<string, WayReport>>;
  /** How many there are on this host. */
  readonly usableWays?: number;
}

/** What is wrong with a program's answers, or with how its heaps were migrated. */
export function judge(
  client: Pick<Client, 'threads' | 'pageTables'>,
  still: Report,
  moved: Report,
): string[] {
  const wrong = compare(still.answers, moved.answers);
  if (moved.moved === undefined) return [...wrong, 'its heaps were not migrated'];
  wrong.push(...moved.moved.problems);
  const ways = Object.entries(moved.ways!);
  if (ways.length !== moved.usableWays) wrong.push(`migrated in ${ways.length} ways of ${moved.usableWays}`);
  for (const [way, { calls, bytesMoved }] of ways) {
    if (bytesMoved === 0) wrong.push(`nothing was moved during ${calls} calls (${way})`);
  }
  if (moved.moved.migrations === 0) wrong.push('no migration has moved anything');
  if (moved.moved.grown === 0) wrong.push('no heap grew while it was migrated');
  if (client.threads !== moved.moved.shared) wrong.push(`its heap is ${client.threads ? 'not ' : ''}shared`);
  if (client.pageTables && moved.tablesMoved === 0) wrong.push('no page table was moved as a whole');
  return wrong;
}

function compare(still: readonly Answer[], moved: readonly Answer[]): string[] {
  const wrong: string[] = [];
  if (still.length !== moved.length) wrong.push(`${moved.length} answers, ${still.length} undisturbed`);
  for (const [i, answer] of still.entries()) {
    const other = moved[i];
    if (other === undefined || (other.call === answer.call && other.hash === answer.hash)) continue;
    wrong.push(`${answer.call}: another answer than undisturbed\n    ${answer.text}\n    ${other.text}`);
  }
  return wrong;
}
