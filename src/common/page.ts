/** log2 of the base page size. */
export const PAGE_SHIFT = 12;
/**
 * Bytes of a base page. pageferry refuses hosts with another base page size (arm64 with 16K or 64K).
 * @see {@link OwnMigrator} for an example
 */
export const PAGE_SIZE = 4096;
/** The largest folio: order 9, one PMD, 2 MiB. */
export const MAX_ORDER = 9;
/** Base pages of the largest folio (the kernel's HPAGE_PMD_NR). */
export const PMD_PAGES = 1 << MAX_ORDER;
/** Bytes of the largest folio. */
export const PMD_SIZE = PMD_PAGES * PAGE_SIZE;

/** The order of a folio of `bytes`, or -1 if no folio has that size (4 KiB … 2 MiB, a power of two). */
export function orderOf(bytes: number): number {
  const order = Math.log2(bytes / PAGE_SIZE);
  // log2 rounds, so 4097 bytes could also give order 0. Checks the inverse.
  const exact = Number.isInteger(order) && folioBytes(order) === bytes;
  return exact && order >= 0 && order <= MAX_ORDER ? order : -1;
}

export function folioBytes(order: number): number {
  return PAGE_SIZE * 2 ** order;
}
