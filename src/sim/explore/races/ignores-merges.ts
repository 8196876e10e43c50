import type { DmaMapper } from '../../../dmaengine/scatter-gather.js';

/** Takes it for granted that the destination was merged as the source was. */
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
