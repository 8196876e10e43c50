/** The free pages of each node that a machine keeps ready for migrations. */
export interface PoolPort {
  /** After each batch: pools that have grown beyond their maximum and a batch give back. */
  trimExcess(): void;
  /** After a migration: gives back what the pools hold beyond their maximum. */
  trim(): void;
  /** Fills a node's pool with free pages; returns how many base pages it got. */
  prefill(node: number, pages: number, huge: boolean): number;
  /** `hostFree`: what the host said last, for a node without a capacity; without it the host is asked, which is slow. */
  usage(node: number, hostFree?: number): NodeUsage;
}

/** Bytes in a node's pool, and bytes that the node can still take. */
export interface NodeUsage {
  readonly bytesPooled: number;
  readonly bytesFree: number;
}
