import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares in constant time. */
export class AccessToken {
  readonly text: string;
  readonly #digest: Buffer;

  constructor(text: string) {
    this.text = text;
    this.#digest = digest(text);
  }

  /** Whether an Authorization header has the token. */
  opens(authorization: string | undefined): boolean {
    const given = /^Bearer ([\w-]{1,256})$/i.exec(authorization ?? '')?.[1];
    return timingSafeEqual(digest(given ?? ''), this.#digest);
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
