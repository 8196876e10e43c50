import type { CallerBatch } from '../../../src/sim/experiments/caller-batch.js';
import { formatBytes, formatMicroseconds } from '../ui/format.js';
import { Exact } from './exact.js';

/** Whether it pays for the batch that the caller of this reason gives. */
export function CallerVerdict({ caller, reason }: { readonly caller: CallerBatch; readonly reason: string }) {
  const { folio, folios, source, baseline, offloaded } = caller;
  return (
    <p class="verdict">
      <code>{reason}</code> migrates {folios} folio{folios === 1 ? '' : 's'} at once <small>({source})</small>
      . Of {formatBytes(folio)} that takes <Time ns={baseline.wallNs} />, offloaded{' '}
      <Time ns={offloaded.wallNs} />:{' '}
      <strong>{change(offloaded.wallNs / baseline.wallNs, 'slower', 'faster')}</strong>,{' '}
      <strong>{change(offloaded.cpuNs / baseline.cpuNs, 'more CPU', 'less CPU')}</strong>.
    </p>
  );
}

function Time({ ns }: { readonly ns: number }) {
  return <Exact value={ns} text={formatMicroseconds(ns / 1000)} />;
}

function change(ratio: number, more: string, less: string): string {
  const by = 100 * (ratio - 1);
  return `${Math.abs(by).toFixed(1)} % ${by > 0 ? more : less}`;
}
