import { mappedRanges } from '../../../src/linux/sys/proc-maps.js';

const FOUR_GIB = 2 ** 32;
/** Programs; libraries, buffers and stacks. On arm64 with 48 bits they have an a or f in front. */
const PLACES = [
  [0x5500_0000_0000, 0x5700_0000_0000],
  [0x7b00_0000_0000, 0x8000_0000_0000],
  [0xaaaa_0000_0000, 0xab00_0000_0000],
  [0xfff0_0000_0000, 0x1_0000_0000_0000],
] as const;

/**
 * Numbers in a text that could be addresses of a process on Linux: hexadecimal or decimal, and where the kernel puts
 * position-independent programs, libraries, stacks and buffers. No size or time that anything prints comes near.
 */
export function likelyAddresses(text: string): string[] {
  return numbersIn(text)
    .filter(([, value]) => PLACES.some(([from, to]) => value >= from && value < to))
    .map(([word]) => word);
}

/** Numbers in a text that lie in a mapping of this process; not below 4 GiB, where sizes and counts are. */
export function mappedAddresses(text: string): string[] {
  const ranges = mappedRanges(0, Number.POSITIVE_INFINITY);
  const isMapped = (value: number): boolean => ranges.some(({ start, end }) => value >= start && value < end);
  return numbersIn(text)
    .filter(([, value]) => value >= FOUR_GIB && isMapped(value))
    .map(([word]) => word);
}

/** Words of a text that are numbers, as either kind that they can be. */
function numbersIn(text: string): [word: string, value: number][] {
  const words = text.match(/(?<![\w.])(?:0x)?[0-9a-f]{7,16}n?\b/gi) ?? [];
  return words.flatMap((word): [string, number][] => {
    const digits = word.replace(/^0x/i, '').replace(/n$/, '');
    const values = [Number.parseInt(digits, 16)];
    if (/^\d+$/.test(word.replace(/n$/, ''))) values.push(Number(digits));
    return values.flatMap((value): [string, number][] => [[word, value]]);
  });
}
