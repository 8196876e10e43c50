/**
 * The costs of a simulated machine: a plain data file, `pageferry.profile/1`. Every figure names its
 * source. In the file each is `{ "value": 3, "unit": "ns", "source": "…" }`. Here they are plain numbers.
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
  /** Absent: threads and channels share only `memory.copyGBps`. */
  readonly topology?: TopologyFigures;
  /** Absent: channels are hardware. */
  readonly soft?: SoftFigures;
  /** Of a profile that was fitted to few figures: how far its figures may be off. */
  readonly uncertainty?: ProfileUncertainty;
}

/** How far the figures of a profile may be off, and predictions with them. */
export interface ProfileUncertainty {
  /** Standard deviation of the logarithm of a prediction if all figures are right. */
  readonly model: number;
  /** Paths of the figures that are not exact. */
  readonly figures: readonly string[];
  /** Covariance of the logarithms of these figures, row by row. */
  readonly covariance: Float64Array;
}

/** Costs of the migrating thread. */
export interface CpuFigures {
  /** One call of migrate_pages: entry, list of folios, LRU drain. */
  readonly callNs: number;
  /** One folio: isolation, a destination, reverse map, unmapping it and mapping it back. */
  readonly folioNs: number;
  /** Each base page of a folio that is mapped by page table entries: two changes of its entry. */
  readonly pageNs: number;
  /** A 2 MiB folio that one PMD entry maps, in addition to `folioNs`. */
  readonly pmdNs: number;
  /** The part of the three costs above that is before the copy (0 to 1). */
  readonly unmapShare: number;
  /** One flush of translations, a batch. */
  readonly flushNs: number;
  /** One call of the copy routine. */
  readonly copyCallNs: number;
  /** Copy rate of one thread between two nodes. */
  readonly copyGBps: number;
  /**
   * Additional time for each of the first `coldMiB` of a migration, which starts cold (caches, TLB, clock). A DMA
   * device is cold only once, as it does not run anything else between two migrations.
   */
  readonly coldNsPerMiB: number;
  readonly coldMiB: number;
  /** From the end of a copy by others until the thread that waited for it runs. */
  readonly wakeNs: number;
  /** Time slice of a thread while others are ready. */
  readonly sliceNs: number;
  /** Processors, with the migrating thread's. The maximum number of copying threads. */
  readonly cpus: number;
  /** Iterations of an empty counting loop. */
  readonly loopsPerSecond: number;
}

export interface MemoryFigures {
  /** Total rate of all concurrent copies. */
  readonly copyGBps: number;
  /** Base pages of a node. */
  readonly nodePages: number;
}

export interface DmaFigures {
  readonly channels: number;
  /** Channels of the engine that is nearest; they are taken first. */
  readonly nearChannels: number;
  readonly nearGBps: number;
  /** Copy rate of each other channel. */
  readonly farGBps: number;
  /** One descriptor: fetch, start, and completion. */
  readonly descriptorNs: number;
  /** Cost of preparing and submitting one, for the migrating thread. */
  readonly submitNs: number;
  /** Descriptors of a channel that may be prepared or in flight. */
  readonly queueDepth: number;
  /** 1 if an IOMMU gives the device contiguous addresses for scattered pages. */
  readonly iommu: number;
  /** Maximum bytes of a merged segment (the kernel's dma_get_max_seg_size). */
  readonly maxSegmentBytes: number;
}

export interface CompactionFigures {
  /** A page that the migrate scanner or the free scanner reads. */
  readonly scanNs: number;
}

/** Costs of moving whole page tables of small pages (2 MiB each) instead of their entries. */
export interface TableFigures {
  /** 1 if the machine can; 0 keeps the figures, and pages move one by one. */
  readonly supported: number;
  /** Each table that leaves the program, without the call. */
  readonly leaveNs: number;
  /** Each table that arrives in the program, without the call. */
  readonly arriveNs: number;
  /** One call, which moves a run of neighbouring tables in one direction. */
  readonly callNs: number;
}

/** Resources that threads and channels share: caches, engines, links between sockets, and the IOMMU. */
export interface TopologyFigures {
  /** Groups of cores with a cache and a link of their own (a CCD of an EPYC), for the threads that copy. */
  readonly domains: number;
  /** Total copy rate of the threads of one domain. */
  readonly domainGBps: number;
  /** Total rate of all copies by threads between two nodes. */
  readonly threadsGBps: number;
  /** Channels of one DMA engine. Channels of consecutive numbers share one. */
  readonly engineChannels: number;
  /** Total copy rate of the channels of one engine. */
  readonly engineGBps: number;
  /** Total rate of all copies by DMA between two nodes: the links between the sockets in one direction. */
  readonly linkGBps: number;
  /**
   * Shape of the bandwidth-latency curve of the two limits above. At the part `u` of the limit the latency is the
   * idle one times (1 - u^knee)^(-1/knee). A higher one means a later and steeper rise.
   */
  readonly knee: number;
  /** The device's wait for a translation of the IOMMU, for each entry of it: 4 KiB, or 2 MiB in a folio of 2 MiB. */
  readonly translateNs: number;
  /** The migrating thread's cost of a call that maps memory for the device, and unmaps it. */
  readonly mapNs: number;
  /** Additional wake-up time after a sleep of at least twice as long (the deepest idle state of a processor). */
  readonly deepWakeNs: number;
}

/** Channels that are threads of this machine. */
export interface SoftFigures {
  /** Processors that a working channel uses: it shares them with the migrating thread and with the other channels. */
  readonly channelCpus: number;
}
