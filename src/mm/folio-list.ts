/**
 * A list of folios as a struct of arrays: what is to be migrated, in the order given.
 *
 * `page` is the number of a folio's first base page. The pipeline never interprets it beyond
 * `page + k` being the folio's k-th base page; what it stands for is the machine's affair.
 */
export class FolioList {
  page: Float64Array;
  order: Uint8Array;
  /** 1 for a folio that need not move, but bridges the gap between two that do. */
  bridge: Uint8Array;
  length = 0;

  constructor(capacity = 64) {
    this.page = new Float64Array(capacity);
    this.order = new Uint8Array(capacity);
    this.bridge = new Uint8Array(capacity);
  }

  push(page: number, order: number, bridge: 0 | 1 = 0): void {
    if (this.length === this.page.length) this.#grow();
    this.page[this.length] = page;
    this.order[this.length] = order;
    this.bridge[this.length] = bridge;
    this.length++;
  }

  clear(): void {
    this.length = 0;
  }

  #grow(): void {
    const capacity = Math.max(64, this.page.length * 2);
    const page = new Float64Array(capacity);
    const order = new Uint8Array(capacity);
    page.set(this.page);
    const bridge = new Uint8Array(capacity);
    order.set(this.order);
    bridge.set(this.bridge);
    this.page = page;
    this.order = order;
    this.bridge = bridge;
  }
}
