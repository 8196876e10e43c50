/** The free pages of each node that a machine keeps for migrations. */
export interface PoolPort {
  /** After each batch: frees the excess of pools that exceed their maximum by more than a batch. */
  trimExcess(): void;
  /** After a migration: frees what the pools hold beyond their maximum. */
  trim(): void;
  /** Adds free pages to a node's pool. Returns how many base pages it added. */
  prefill(node: number, pages: number, huge: boolean): number;
  /** `hostFree`: the host's last report, for a node without a capacity. Without it the host is queried, which is slow. */
  usage(node: number, hostFree?: number): NodeUsage;
}

/** Bytes in a node's pool, and bytes for which the node still has room. */
export interface NodeUsage {
  readonly bytesPooled: number;
  readonly bytesFree: number;
}
