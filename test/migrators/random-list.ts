import fc from 'fast-check';
import type { CopyList } from '../../src/offload/migrator.js';
import { copyList, type FolioTriple } from '../ferry/support/copy-list.js';

interface Folio {
  readonly order: number;
  readonly srcKey: number;
  readonly dstKey: number;
  readonly srcGap: boolean;
  readonly dstGap: boolean;
}

/** Where each folio lies: in the order of the keys, side by side or with a gap. */
function places(folios: readonly Folio[], base: number, key: 'srcKey' | 'dstKey', gap: 'srcGap' | 'dstGap') {
  const at = new Map<Folio, number>();
  let next = base;
  for (const folio of [...folios].sort((a, b) => a[key] - b[key])) {
    if (folio[gap]) next++;
    at.set(folio, next);
    next += 1 << folio.order;
  }
  return at;
}

const folio: fc.Arbitrary<Folio> = fc.record({
  order: fc.integer({ min: 0, max: 5 }),
  // Few keys: folios of the same one keep the order of the list, and are often neighbours.
  srcKey: fc.integer({ min: 0, max: 2 }),
  dstKey: fc.integer({ min: 0, max: 2 }),
  srcGap: fc.boolean(),
  dstGap: fc.boolean(),
});

/** Lists of 1 to 40 folios, with sources in frames 0 to 2047 and destinations from there to 4095. */
export const randomList: fc.Arbitrary<CopyList> = fc
  .array(folio, { minLength: 1, maxLength: 40 })
  .map((folios) => {
    const src = places(folios, 0, 'srcKey', 'srcGap');
    const dst = places(folios, 2048, 'dstKey', 'dstGap');
    return copyList(...folios.map((one): FolioTriple => [dst.get(one)!, src.get(one)!, one.order]));
  });
