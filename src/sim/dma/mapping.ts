import { PAGE_SIZE } from '../../common/page.js';
import type { DmaMapper, ScatterGatherTable } from '../../dmaengine/scatter-gather.js';
import type { Processor } from '../hardware/processor.js';
import type { Iommu } from './iommu.js';

export const DMA_MAPPINGS = ['scatter-gather', 'per-folio'] as const;

/**
 * How dcbm maps memory for its device. `scatter-gather`: one call for the folios of a channel (dma_map_sgtable), and
 * the IOMMU merges them. `per-folio`: a call for each folio (dma_map_page), and a descriptor for each.
 * @see {@link runMove} for an example
 */
export type DmaMapping = (typeof DMA_MAPPINGS)[number];

/** One call for a table. The thread that maps spends the time of the call. */
export class TableMapper implements DmaMapper {
  readonly linear: boolean;
  readonly #mapper: DmaMapper;
  readonly #processor: Processor;
  readonly #mapNs: number;

  constructor(mapper: DmaMapper, processor: Processor, mapNs: number) {
    this.#mapper = mapper;
    this.linear = mapper.linear === true;
    this.#processor = processor;
    this.#mapNs = mapNs;
  }

  map(table: ScatterGatherTable): number {
    this.#processor.spend(this.#mapNs);
    return this.#mapper.map(table);
  }
}

/** One call and one segment for each folio. */
export class FolioMapper implements DmaMapper {
  readonly #iommu: Iommu | undefined;
  readonly #processor: Processor;
  readonly #mapNs: number;

  constructor(iommu: Iommu | undefined, processor: Processor, mapNs: number) {
    this.#iommu = iommu;
    this.#processor = processor;
    this.#mapNs = mapNs;
  }

  map(table: ScatterGatherTable): number {
    this.#processor.spend(this.#mapNs * table.runs);
    if (this.#iommu !== undefined) return this.#iommu.mapEach(table);
    for (let i = 0; i < table.runs; i++) {
      table.address[i] = table.frame[i]! * PAGE_SIZE;
      table.bytes[i] = table.pages[i]! * PAGE_SIZE;
    }
    table.segments = table.runs;
    return 0;
  }
}
