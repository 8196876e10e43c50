const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/**
 * Bytes of a size as people write it: `4096`, `4K`, `1.5G`. K is 1024, because page sizes are powers of two.
 * @throws RangeError with the problem.
 */
export function parseSize(text: string): number {
  const match = text.trim().match(/^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i);
  if (match === null) {
    throw new RangeError('Write a number followed by K, M, G or T, such as 4K, 512M or 1G.');
  }
  const bytes = Number(match[1]) * UNITS[match[2]!.toUpperCase()]!;
  if (!Number.isSafeInteger(bytes)) throw new RangeError('It must be a whole number of bytes.');
  if (bytes === 0) throw new RangeError('It must be more than 0.');
  return bytes;
}

/** The shortest way to write a size: `4K`, `1G`, `1.5M`, with at most one digit after the point. */
export function formatSize(bytes: number): string {
  for (const unit of ['T', 'G', 'M', 'K']) {
    const value = bytes / UNITS[unit]!;
    if (value >= 1) return `${Math.round(value * 10) / 10}${unit}`;
  }
  return String(bytes);
}
