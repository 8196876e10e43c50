import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from './run-cli.js';

const MOVE = ['sim', 'move', '--folio', '64K', '--bytes', '16M', '--channels', '1', '--json'];

interface Report {
  readonly profile: string;
  readonly rows: readonly { readonly ns: number; readonly userNs: number }[];
}

function move(...more: string[]): Report {
  const { status, stdout, stderr } = runCli([...MOVE, ...more]);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test('a figure of the profile is changed by its path', () => {
  const [plain, slow] = [move(), move('--set', 'dma.descriptorNs=90000', '--set', 'dma.iommu=0')];
  assert.equal(slow.profile, 'zen3-ptdma, dma.descriptorNs=90000, dma.iommu=0');
  assert.equal(slow.rows[0]!.ns, plain.rows[0]!.ns, 'the baseline has no descriptors');
  assert.ok(slow.rows[1]!.ns > plain.rows[1]!.ns);
});

test('hogs take their turns', () => {
  assert.ok(move('--hogs', '2').rows[0]!.userNs > 0);
  assert.equal(move().rows[0]!.userNs, 0);
});

for (const [what, value, says] of [
  ['no figure', 'dma.speed=3', /--set: dma\.speed: unknown figure\. Known: .*dma\.descriptorNs/],
  ['no value', 'dma.iommu', /dma\.descriptorNs=3000/],
  ['no number', 'dma.iommu=on', /dma\.descriptorNs=3000/],
  ['out of range', 'dma.iommu=7', /--set: dma\.iommu: must be a whole number from 0 to 1, not 7/],
] as const) {
  test(`a change that is ${what} is refused`, () => {
    const { status, stderr } = runCli([...MOVE, '--set', value]);
    assert.equal(status, 2);
    assert.match(stderr.replaceAll(/\s+/g, ' '), says);
  });
}
