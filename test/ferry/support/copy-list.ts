import type { CopyList } from '../../../src/offload/migrator.js';

/** [destination frame, source frame, order] */
export type FolioTriple = readonly [dst: number, src: number, order: number];

/** A copy list of these folios, nothing marked. */
export function copyList(...folios: readonly FolioTriple[]): CopyList {
  return {
    length: folios.length,
    dst: Uint32Array.from(folios, ([dst]) => dst),
    src: Float64Array.from(folios, ([, src]) => src),
    order: Uint8Array.from(folios, ([, , order]) => order),
    copied: new Uint8Array(folios.length),
    quarantined: new Uint8Array(folios.length),
  };
}
