import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { spawnCli } from '../cli/run-cli.js';
import { zen3Json } from '../sim/profiles.js';
import { commandOf, openLab, settled } from './support/lab-page.js';
import { panelOf } from './support/panel.js';

interface ProfileJson {
  name: string;
  dma: { nearGBps: { value: number }; channels: { value: number } };
}

const folder = mkdtempSync(join(tmpdir(), 'pageferry-lab-'));
test.after(() => rmSync(folder, { recursive: true }));

/** The text of the RFC's profile, changed. */
function text(change: (json: ProfileJson) => void): string {
  const json = zen3Json() as unknown as ProfileJson;
  change(json);
  return JSON.stringify(json);
}

function fileOf(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

test('a profile of one’s own is simulated, as with --profile', async (context) => {
  const page = await openLab(context);
  const changed = text(({ dma }) => {
    dma.nearGBps.value = 2;
    dma.channels.value = 3;
  });
  const file = fileOf('slow-device.json', changed);
  await page.getByLabel('Moved in all').selectOption('16M');
  await page.getByLabel('Load a profile…').setInputFiles(file);
  await settled(page, 'Throughput');
  assert.equal(await page.getByLabel('Profile', { exact: true }).inputValue(), 'slow-device.json');
  assert.equal(await page.getByLabel('DMA channels').getAttribute('max'), '3');
  const ns = await panelOf(page, 'Throughput').locator('.detail data').nth(1).getAttribute('value');
  const args = await commandOf(page, 'Throughput');
  const at = args.indexOf('slow-device.json');
  assert.ok(at > 0, args.join(' '));
  args[at] = file;
  const { stdout } = spawnCli([...args, '--json']);
  assert.equal(Number(ns), JSON.parse(stdout).rows[0].ns);
});

for (const [what, says, content] of [
  ['no JSON', /not JSON/, 'profile: fast'],
  ['of another schema', /schema: must be 'pageferry\.profile\/1', not undefined/, '{}'],
  [
    'with a figure out of range',
    /dma\.nearGBps\.value: must be a number from/,
    text(({ dma }) => {
      dma.nearGBps.value = -1;
    }),
  ],
] as const) {
  test(`a file ${what} is refused, and the machine stays as it was`, async (context) => {
    const page = await openLab(context);
    await page.getByLabel('Load a profile…').setInputFiles(fileOf('wrong.json', content));
    assert.match((await page.getByRole('alert').textContent()) ?? '', says);
    assert.equal(await page.getByLabel('Profile', { exact: true }).inputValue(), 'zen3-ptdma');
  });
}
