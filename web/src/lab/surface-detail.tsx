import type { MoveFigures } from '../../../src/sim/experiments/move.js';
import { rfcByFolio } from '../../../src/sim/experiments/rfc-figures.js';
import type { SurfaceRow } from '../../../src/sim/lab/surface-plan.js';
import { formatBytes, formatMicroseconds } from '../ui/format.js';
import { Command } from './command.js';
import { moveCommand } from './command-line.js';
import { Exact } from './exact.js';
import { type LabMachine, profileOf } from './lab-machine.js';
import { DEFAULT_PROFILE } from './profiles.js';
import { keyOf, type Surface, type SurfaceResult } from './surface.js';

interface SurfaceDetailProps {
  readonly rows: readonly SurfaceRow[];
  readonly surface: Surface;
  readonly row: number;
  readonly folio: number;
  /** Base pages that a write-protected copy cuts over at once. */
  readonly cutoverPages: number;
  readonly machine: LabMachine;
}

/** What the chosen cell comes to, and the command that prints the same. */
export function SurfaceDetail({ rows, surface, row, folio, cutoverPages, machine }: SurfaceDetailProps) {
  const result = surface.get(keyOf(row, folio));
  const title = `${formatBytes(folio)} folios, ${rows[row]!.label}`;
  if (result === undefined) {
    return (
      <div class="detail">
        <h3>{title}</h3>
        <p class="note">Not simulated yet.</p>
      </div>
    );
  }
  const { figures, cell } = result;
  const base = surface.get(keyOf(0, folio));
  return (
    <div class="detail" data-stale={result.stale}>
      <h3>{title}</h3>
      <dl class="pairs">
        <Pair name="throughput">
          <Exact value={figures.GBps} text={`${figures.GBps.toFixed(2)} GB/s`} />
          {row > 0 && base !== undefined && <small> {comparison(figures, base)}</small>}
        </Pair>
        <Pair name="time">
          <Exact value={figures.ns} text={formatMicroseconds(figures.ns / 1000)} />
        </Pair>
        <Pair name="a reader waits">
          <Wait ns={figures.readerWaitNs} /> <small>at max, for one page</small>
        </Pair>
        <Pair name="a writer waits">
          <Wait ns={figures.writerWaitNs} /> <small>at max</small>
        </Pair>
        <Pair name="its CPU">{shares(figures)}</Pair>
        <Pair name="pages checked">
          {figures.wrongPages === 0 ? 'all right' : `${figures.wrongPages} WRONG`}
          {figures.fallbacks > 0 && <small> {figures.fallbacks} folios copied by the CPU</small>}
        </Pair>
        <Published figures={figures} machine={machine} />
      </dl>
      <Command label="The same figures:" text={moveCommand(cell, cutoverPages, machine)} />
    </div>
  );
}

function Pair({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Wait({ ns }: { readonly ns: number }) {
  return <Exact value={ns} text={formatMicroseconds(ns / 1000)} />;
}

function comparison({ GBps }: MoveFigures, base: SurfaceResult): string {
  const change = GBps / base.figures.GBps - 1;
  return `${Math.abs(change * 100).toFixed(1)} % ${change > 0 ? 'faster' : 'slower'} than the baseline`;
}

function shares({ ns, sysNs, userNs, idleNs }: MoveFigures): string {
  const percent = (part: number) => `${((100 * part) / ns).toFixed(1)} %`;
  const hogs = userNs > 0 ? `, hogs ${percent(userNs)}` : '';
  return `busy ${percent(sysNs)}, idle ${percent(idleNs)}${hogs}`;
}

/** What the RFC has for it: of its own machine, of 1 GiB alone, and where readers wait. */
function Published({ figures, machine }: { readonly figures: MoveFigures; readonly machine: LabMachine }) {
  const { migrator, channels = 1, folio, bytes, GBps, copyMode } = figures;
  const known =
    profileOf(machine).name === DEFAULT_PROFILE &&
    bytes === 2 ** 30 &&
    machine.hogs === 0 &&
    copyMode === 'exclusive';
  const rfc = known ? rfcByFolio({ migrator, channels }, formatBytes(folio)) : undefined;
  if (rfc === undefined) return null;
  const error = 100 * (GBps / rfc - 1);
  return (
    <Pair name="published by the RFC">
      {rfc.toFixed(2)} GB/s <small>simulated {`${error >= 0 ? '+' : ''}${error.toFixed(1)} %`}</small>
    </Pair>
  );
}
