import assert from 'node:assert/strict';
import { ADVICE_NAMES, type AdviceName } from '../../../src/heat/advice.js';
import type { Region } from '../../../src/index.js';
import { PAGE } from './fixture.js';

export const FAST = { intervalMs: 10, cpuShare: 1, stallShare: 1 } as const;

/** What the records say that the program has said of each page of a region. */
export async function said(region: Region): Promise<AdviceName[]> {
  for await (const { snapshot } of region.heat({ ...FAST, unitBytes: PAGE })) {
    return Array.from(snapshot.advice, (word) => ADVICE_NAMES[word]!);
  }
  return assert.fail('the watch has ended');
}

export function counts(words: readonly AdviceName[]): Partial<Record<AdviceName, number>> {
  const found: Partial<Record<AdviceName, number>> = {};
  for (const word of words) found[word] = (found[word] ?? 0) + 1;
  return found;
}
