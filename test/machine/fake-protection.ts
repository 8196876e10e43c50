/** Which pages of a fake machine's program are write-protected, and which of its threads wait. */
export class FakeProtection {
  readonly #protected = new Set<number>();
  /** Protected since the last flush: threads may still hold a translation that lets them write. */
  readonly #unflushed = new Set<number>();
  readonly #waiters = new Map<number, (() => void)[]>();

  get protectedPages(): number {
    return this.#protected.size;
  }

  get waiting(): number {
    return [...this.#waiters.values()].reduce((sum, waiters) => sum + waiters.length, 0);
  }

  has(page: number): boolean {
    return this.#protected.has(page);
  }

  /** Whether a thread that writes to the page has to wait. */
  stops(page: number): boolean {
    return this.#protected.has(page) && !this.#unflushed.has(page);
  }

  protect(page: number): void {
    this.#protected.add(page);
    this.#unflushed.add(page);
  }

  unprotect(page: number): void {
    this.#protected.delete(page);
    this.#unflushed.delete(page);
  }

  flush(): void {
    this.#unflushed.clear();
  }

  wait(page: number, retry: () => void): void {
    this.#waiters.set(page, [...(this.#waiters.get(page) ?? []), retry]);
  }

  /** Whoever waits for the page tries again, at once. */
  wake(page: number): void {
    const waiters = this.#waiters.get(page);
    this.#waiters.delete(page);
    for (const retry of waiters ?? []) retry();
  }
}
