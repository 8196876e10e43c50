/**
 * The costs of a simulated machine: a plain data file, `pageferry.profile/1`. Every figure names its
 * source. In the file each is `{ "value": 3, "unit": "ns", "source": "…" }`. Here they are plain numbers.
 *
 * @see {@link readProfile} for an example
 */
export interface HardwareProfile {
  /** Its name, for reports. */
  readonly name: string;
  /** The machine in a sentence. */
  readonly description: string;
  /** Costs of the migrating thread. */
  readonly cpu: CpuFigures;
  /** The nodes and their bandwidth. */
  readonly memory: MemoryFigures;
  /** The DMA engine. */
  readonly dma: DmaFigures;
  /** Costs of compaction. */
  readonly compaction: CompactionFigures;
  /** Absent: the machine cannot move page tables as a whole, as the RFC's kernel cannot. */
  readonly tables?: TableFigures;
}

/** What the migrating thread does itself. */
export interface CpuFigures {
  /** One call of migrate_pages: entry, list of folios, LRU drain. */
  readonly callNs: number;
  /** One folio: isolation, a destination, reverse map, unmapping it and mapping it back. */
  readonly folioNs: number;
  /** Each base page of a folio that is mapped by page table entries: its entry, twice. */
  readonly pageNs: number;
  /** A 2 MiB folio that one PMD entry maps, besides `folioNs`. */
  readonly pmdNs: number;
  /** The part of the three above that is spent before the copy (0 to 1). */
  readonly unmapShare: number;
  /** One flush of translations, a batch. */
  readonly flushNs: number;
  /** One call of the copy routine. */
  readonly copyCallNs: number;
  /** What one thread copies between two nodes. */
  readonly copyGBps: number;
  /**
   * A migration starts cold (caches, translations, prefetchers, clock): to copy each MiB of its first `coldMiB` takes so
   * much longer, whoever copies.
   */
  readonly coldNsPerMiB: number;
  readonly coldMiB: number;
  /** From the end of a copy elsewhere until the thread that waited for it runs. */
  readonly wakeNs: number;
  /** How long a thread runs before another that is ready gets its turn. */
  readonly sliceNs: number;
  /** Processors, the migrating thread's included: as many threads copy at once. */
  readonly cpus: number;
  /** Iterations of an empty counting loop. */
  readonly loopsPerSecond: number;
}

export interface MemoryFigures {
  /** What all copies together get. */
  readonly copyGBps: number;
  /** Base pages of a node. */
  readonly nodePages: number;
}

export interface DmaFigures {
  readonly channels: number;
  /** Channels of the engine that is nearest; they are taken first. */
  readonly nearChannels: number;
  readonly nearGBps: number;
  /** What each channel that is not near copies. */
  readonly farGBps: number;
  /** One descriptor: fetched, started, its completion told. */
  readonly descriptorNs: number;
  /** What preparing and submitting one costs the migrating thread. */
  readonly submitNs: number;
  /** Descriptors of a channel that may be prepared or in flight. */
  readonly queueDepth: number;
  /** 1 when an IOMMU gives the device contiguous addresses for scattered pages. */
  readonly iommu: number;
  /** Bytes of a merged segment at most (the kernel's dma_get_max_seg_size). */
  readonly maxSegmentBytes: number;
}

export interface CompactionFigures {
  /** A page that the migrate scanner or the free scanner looks at. */
  readonly scanNs: number;
}

/** What it takes to move whole page tables of small pages (2 MiB each) instead of their entries. */
export interface TableFigures {
  /** 1 when the machine can; 0 keeps the figures and moves every page by itself. */
  readonly supported: number;
  /** Each table that leaves the program, the call apart. */
  readonly leaveNs: number;
  /** Each table that arrives in the program, the call apart. */
  readonly arriveNs: number;
  /** One call, which moves a run of neighbouring tables in one direction. */
  readonly callNs: number;
}
