/** Bytes in powers of 1024, as folio and buffer sizes are: 4K, 2M, 1.5G. */
export { formatSize as formatBytes } from '../../../src/common/size.js';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function formatCount(value: number): string {
  return whole.format(value);
}

/** Bytes a second in 10^9. */
export function formatSpeed(bytesPerSecond: number): string {
  const GBps = bytesPerSecond / 1e9;
  return GBps.toFixed(GBps < 10 ? 2 : 1);
}

export function formatMicroseconds(microseconds: number): string {
  if (microseconds < 1) return `${Math.round(microseconds * 1000)} ns`;
  if (microseconds < 1000) return `${Number(microseconds.toPrecision(3))} µs`;
  if (microseconds < 1e6) return `${Number((microseconds / 1000).toPrecision(3))} ms`;
  return `${Number((microseconds / 1e6).toPrecision(3))} s`;
}
