import { fill } from './content.js';
import { PAGE } from './fixture.js';

export const BYTES = 16 * PAGE;

export function buffersOf(count: number): SharedArrayBuffer[] {
  return Array.from({ length: count }, () => {
    const buffer = new SharedArrayBuffer(BYTES);
    fill(buffer);
    return buffer;
  });
}
