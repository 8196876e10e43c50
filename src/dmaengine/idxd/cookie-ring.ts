/** A queue of at most `capacity` cookies. */
export class CookieRing {
  readonly #cookies: Int32Array;
  #first = 0;
  #length = 0;

  constructor(capacity: number) {
    this.#cookies = new Int32Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  push(cookie: number): void {
    this.#cookies[(this.#first + this.#length) % this.#cookies.length] = cookie;
    this.#length++;
  }

  /** The oldest. The queue must not be empty. */
  peek(): number {
    return this.#cookies[this.#first]!;
  }

  /** Removes the oldest. The queue must not be empty. */
  shift(): number {
    const cookie = this.peek();
    this.#first = (this.#first + 1) % this.#cookies.length;
    this.#length--;
    return cookie;
  }
}
