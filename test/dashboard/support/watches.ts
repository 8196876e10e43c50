import type { TestContext } from 'node:test';
import type { HeatOptions } from '../../../src/ferry/heat.js';
import type { Region } from '../../../src/index.js';

/** The watches of a region that were begun so far, by their signals. The region is watched as without this. */
export function watchesOf(context: TestContext, region: Region): readonly AbortSignal[] {
  const signals: AbortSignal[] = [];
  const { heat } = region;
  context.mock.method(region, 'heat', (options: HeatOptions) => {
    signals.push(options.signal!);
    return heat.call(region, options);
  });
  return signals;
}
