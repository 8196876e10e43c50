/** Ranges of pages of several address spaces, as a struct of arrays that is reused. */
export class PageRanges {
  length = 0;
  space = new Uint32Array(16);
  page = new Uint32Array(16);
  pages = new Uint32Array(16);

  push(space: number, page: number, pages: number): void {
    const at = this.length++;
    if (at === this.space.length) this.#grow();
    this.space[at] = space;
    this.page[at] = page;
    this.pages[at] = pages;
  }

  clear(): void {
    this.length = 0;
  }

  #grow(): void {
    const grow = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
      const grown = new Uint32Array(old.length * 2);
      grown.set(old);
      return grown;
    };
    this.space = grow(this.space);
    this.page = grow(this.page);
    this.pages = grow(this.pages);
  }
}
