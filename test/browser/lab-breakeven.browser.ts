import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawnCli } from '../cli/run-cli.js';
import { commandOf, openLab, settled, slide, valuesOf } from './support/lab-page.js';
import { panelOf } from './support/panel.js';

interface Report {
  readonly options: { readonly copyMode: string };
  readonly rows: readonly { readonly timeFolios: number | null; readonly cpuFolios: number | null }[];
  readonly caller: {
    readonly baseline: { readonly wallNs: number };
    readonly offloaded: { readonly wallNs: number };
  };
}

for (const [reason, channels, copyMode] of [
  ['compaction', 1, 'exclusive'],
  ['demotion', 8, 'exclusive'],
  ['demotion', 4, 'write-protected'],
] as const) {
  test(`the points are those of the command: ${reason}, channels: ${channels}, ${copyMode}`, async (context) => {
    const page = await openLab(context);
    const panel = panelOf(page, 'Break-even');
    await slide(page, 'DMA channels', channels);
    await page.getByLabel('Copy mode').selectOption(copyMode);
    await panel.getByLabel('Reason').selectOption(reason);
    await settled(page, 'Break-even');
    const { status, stdout } = spawnCli([...(await commandOf(page, 'Break-even')), '--json']);
    assert.equal(status, 0);
    const { rows, caller, options } = JSON.parse(stdout) as Report;
    assert.equal(options.copyMode, copyMode);
    const shown = await valuesOf(panel.locator('tbody data'));
    assert.deepEqual(
      shown,
      rows.flatMap(({ timeFolios, cpuFolios }) =>
        [timeFolios, cpuFolios].map((folios) => String(folios ?? 'never')),
      ),
    );
    const times = await valuesOf(panel.locator('.verdict data'));
    assert.deepEqual(times.map(Number), [caller.baseline.wallNs, caller.offloaded.wallNs]);
  });
}
