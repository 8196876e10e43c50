import type { Check } from './check.js';
import { readText } from './read-text.js';

const SETTINGS = '/sys/kernel/mm/transparent_hugepage';

/** Transparent huge pages: without them, a folio of 2M is 512 small pages that move together. */
export function checkHugePages(): Check {
  const id = 'huge pages';
  const enabled = chosen('enabled');
  const defrag = chosen('defrag');
  const details = { enabled: enabled ?? null, defrag: defrag ?? null };
  if (enabled === undefined) {
    return {
      id,
      status: 'limited',
      found: 'not supported by this kernel',
      why: 'folios of 2M consist of small pages, which migrate more slowly.',
      advice: 'Use a kernel with CONFIG_TRANSPARENT_HUGEPAGE.',
      details,
    };
  }
  const found = `transparent: ${enabled}, defrag: ${defrag ?? 'unknown'}`;
  if (enabled === 'never') {
    return {
      id,
      status: 'limited',
      found,
      why: 'folios of 2M consist of small pages, which migrate more slowly.',
      advice: `Run as root: echo madvise > ${SETTINGS}/enabled`,
      details,
    };
  }
  if (defrag === 'never') {
    return {
      id,
      status: 'limited',
      found,
      why: 'a huge page is available only while one is free.',
      advice: `Run as root: echo madvise > ${SETTINGS}/defrag`,
      details,
    };
  }
  return { id, status: 'ok', found, details };
}

/** The word in brackets of a setting such as `always [madvise] never`. */
function chosen(setting: string): string | undefined {
  return readText(`${SETTINGS}/${setting}`)?.match(/\[(\S+)\]/)?.[1];
}
