import { ERRNO } from '../../../common/errno.js';
import type { DmaMapper, ScatterGatherTable } from '../../../dmaengine/scatter-gather.js';

/** v4: reports an error unless both sides have the same number of segments. */
export function refusesMerges(mapper: DmaMapper): DmaMapper {
  let before: ScatterGatherTable | undefined;
  let segments = 0;
  return {
    map(table) {
      const result = mapper.map(table);
      if (before !== undefined && before !== table && segments !== table.segments) {
        before = undefined;
        return -ERRNO.EIO;
      }
      before = before === undefined ? table : undefined;
      segments = table.segments;
      return result;
    },
  };
}

/** Assumes that the destination was merged as the source was. */
export function ignoresMerges(mapper: DmaMapper): DmaMapper {
  let lengths: number[] | undefined;
  return {
    map(table) {
      const result = mapper.map(table);
      if (lengths === undefined) {
        lengths = [...table.bytes.subarray(0, table.segments)];
        return result;
      }
      table.segments = Math.min(table.segments, lengths.length);
      for (let i = 0; i < table.segments; i++) table.bytes[i] = lengths[i]!;
      lengths = undefined;
      return result;
    },
  };
}
