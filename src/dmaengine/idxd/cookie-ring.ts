/** Cookies in the order in which they came, at most `capacity` of them. */
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

  /** The oldest. Only while there is one. */
  peek(): number {
    return this.#cookies[this.#first]!;
  }

  /** Takes the oldest. Only while there is one. */
  shift(): number {
    const cookie = this.peek();
    this.#first = (this.#first + 1) % this.#cookies.length;
    this.#length--;
    return cookie;
  }
}
