/**
 * The RFC's first table, vanilla kernel (its `baseline`): GB/s by folio size of move_pages(2) between two
 * nodes, 1 GB in all, on a two-socket AMD Zen 3 EPYC with Linux 7.0-rc2. "[RFC PATCH v4 0/6] Accelerate page
 * migration with batch copying and hardware offload", Shivank Garg, linux-mm, 2026-03-09.
 */
export const RFC_BASELINE_GBPS: ReadonlyMap<string, number> = new Map([
  ['4K', 3.55],
  ['16K', 5.66],
  ['64K', 6.16],
  ['256K', 7.12],
  ['1M', 6.93],
  ['2M', 10.88],
]);
