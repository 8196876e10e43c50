/**
 * The folios to migrate, in the order given, as a struct of arrays.
 *
 * `page` is the number of a folio's first base page. The pipeline only assumes that `page + k` is the folio's k-th base
 * page. The machine knows what the number stands for.
 */
export class FolioList {
  page: Float64Array;
  order: Uint8Array;
  /** 1 for a folio that need not move, but lies in the gap between two that must. */
  inGap: Uint8Array;
  length = 0;

  constructor(capacity = 64) {
    this.page = new Float64Array(capacity);
    this.order = new Uint8Array(capacity);
    this.inGap = new Uint8Array(capacity);
  }

  push(page: number, order: number, inGap: 0 | 1 = 0): void {
    if (this.length === this.page.length) this.reserve(Math.max(64, this.page.length * 2));
    this.page[this.length] = page;
    this.order[this.length] = order;
    this.inGap[this.length] = inGap;
    this.length++;
  }

  /** Appends neighbouring folios of one order that begin at `page`. */
  pushRun(page: number, order: number, folios: number): void {
    const end = this.length + folios;
    if (end > this.page.length) this.reserve(Math.max(end, this.page.length * 2));
    const pages = this.page;
    const size = 1 << order;
    for (let i = this.length, at = page; i < end; i++, at += size) pages[i] = at;
    this.order.fill(order, this.length, end);
    this.inGap.fill(0, this.length, end);
    this.length = end;
  }

  clear(): void {
    this.length = 0;
  }

  /** Makes room for `capacity` folios in total. */
  reserve(capacity: number): void {
    if (capacity <= this.page.length) return;
    const page = new Float64Array(capacity);
    const order = new Uint8Array(capacity);
    page.set(this.page);
    const inGap = new Uint8Array(capacity);
    order.set(this.order);
    inGap.set(this.inGap);
    this.page = page;
    this.order = order;
    this.inGap = inGap;
  }
}
