import { createHash } from 'node:crypto';

/** What a call has answered: enough to compare, and to see how it differs. */
export interface Answer {
  readonly call: string;
  /** Hash of every byte and value. */
  readonly hash: string;
  readonly text: string;
}

const SHOWN = 120;

export function answerOf(call: string, value: unknown): Answer {
  const hash = createHash('sha256');
  const text = JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each === 'bigint') return `${each}n`;
    if (typeof each === 'number' && !Number.isFinite(each)) return String(each);
    if (!ArrayBuffer.isView(each)) return each;
    const bytes = new Uint8Array(each.buffer, each.byteOffset, each.byteLength);
    return `${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex')}`;
  });
  return { call, hash: hash.update(text ?? 'undefined').digest('hex'), text: (text ?? '').slice(0, SHOWN) };
}
