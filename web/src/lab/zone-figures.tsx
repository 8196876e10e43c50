import type { ZoneFrame, ZonePhase } from '../../../src/sim/lab/zone-session.js';
import { Figure } from '../ui/figure.js';
import { formatCount } from '../ui/format.js';
import { Exact } from './exact.js';

const PHASES: Readonly<Record<ZonePhase, string>> = {
  filling: 'filling it with pages',
  freeing: 'freeing every second one',
  compacting: 'compacting',
  done: 'done, every page checked',
};

/** How far it is; when it is done, what the command prints. */
export function ZoneFigures({ frame }: { readonly frame: ZoneFrame }) {
  const { phase, now, hugePages, migrated, offloaded, scanned, figures } = frame;
  return (
    <div class="stack" data-phase={phase}>
      <p role="status">
        {PHASES[phase]}
        {figures !== null && figures.wrongPages > 0 && <strong> {figures.wrongPages} pages are WRONG</strong>}
      </p>
      <dl class="figures">
        <Figure label="virtual time" value={(now / 1e6).toFixed(2)} unit="ms" />
        <Figure label="huge pages allocated" value={formatCount(hugePages)} />
        <Figure label="pages migrated" value={formatCount(migrated)} />
        <Figure label="of these offloaded" value={formatCount(offloaded)} />
        <Figure label="pages scanned" value={formatCount(scanned)} />
      </dl>
      {figures !== null && (
        <p class="note exact">
          wall <Exact value={figures.wallMs} text={`${figures.wallMs.toFixed(2)} ms`} />, user{' '}
          <Exact value={figures.userPercent} text={percent(figures.userPercent)} />, sys{' '}
          <Exact value={figures.sysPercent} text={percent(figures.sysPercent)} />, idle{' '}
          <Exact value={figures.idlePercent} text={percent(figures.idlePercent)} />, hogs{' '}
          <Exact value={figures.hogIterations} text={`${formatCount(figures.hogIterations)} loops`} />
        </p>
      )}
    </div>
  );
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}
