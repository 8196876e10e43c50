/** The pages that failed, and why. A run of neighbours with the same errno is one entry. */
export class FailureLog {
  readonly page: number[] = [];
  readonly pages: number[] = [];
  readonly errno: number[] = [];
  /** Folios of each run. */
  readonly count: number[] = [];
  folios = 0;

  add(page: number, pages: number, errno: number): void {
    this.folios++;
    const last = this.page.length - 1;
    if (last >= 0 && this.errno[last] === errno && this.page[last]! + this.pages[last]! === page) {
      this.pages[last] = this.pages[last]! + pages;
      this.count[last] = this.count[last]! + 1;
      return;
    }
    this.page.push(page);
    this.pages.push(pages);
    this.errno.push(errno);
    this.count.push(1);
  }

  /** Removes every entry with `errno` and returns them. */
  take(errno: number): { readonly page: number; readonly pages: number }[] {
    const taken: { page: number; pages: number }[] = [];
    let kept = 0;
    for (let i = 0; i < this.page.length; i++) {
      if (this.errno[i] === errno) {
        taken.push({ page: this.page[i]!, pages: this.pages[i]! });
        this.folios -= this.count[i]!;
        continue;
      }
      this.page[kept] = this.page[i]!;
      this.pages[kept] = this.pages[i]!;
      this.errno[kept] = this.errno[i]!;
      this.count[kept] = this.count[i]!;
      kept++;
    }
    this.page.length = kept;
    this.pages.length = kept;
    this.errno.length = kept;
    this.count.length = kept;
    return taken;
  }

  clear(): void {
    this.page.length = 0;
    this.pages.length = 0;
    this.errno.length = 0;
    this.count.length = 0;
    this.folios = 0;
  }
}
