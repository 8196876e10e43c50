import type { Ferry } from '../../../src/index.js';

export const DCBM = 'module/dcbm/parameters';
export const MTCOPY = 'module/mtcopy/parameters';
export const PAGEFERRY = 'module/pageferry/parameters';

/** Sets parameters of pageferry itself. */
export async function tune(ferry: Ferry, values: Readonly<Record<string, string | number>>): Promise<void> {
  for (const [name, value] of Object.entries(values))
    await ferry.parameters.set(`${PAGEFERRY}/${name}`, value);
}

/** Folios that fell back since the ferry was opened, by cause; those that are not 0. */
export function fallbacksOf(ferry: Ferry): Record<string, number> {
  const prefix = 'fallbacks_';
  return Object.fromEntries(
    Object.entries(ferry.stats())
      .filter(([name, count]) => name.startsWith(prefix) && count > 0)
      .map(([name, count]) => [name.slice(prefix.length), count]),
  );
}
