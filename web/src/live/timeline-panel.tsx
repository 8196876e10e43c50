import { useState } from 'preact/hooks';
import { SPAN_KINDS, SPAN_NUMBERS, type SpanWindow } from '../../../src/dashboard/messages.js';
import { formatMicroseconds } from '../ui/format.js';
import { Panel } from '../ui/panel.js';
import { useCanvas } from '../ui/use-canvas.js';
import { drawTimeline, timelineHeight } from './timeline-drawing.js';

const LEGEND = {
  protect: 'write-protect',
  unmap: 'unmap',
  copy: 'copy',
  wait: 'wait for the copy',
  map: 'map',
} as const;

/** Batches in flight, as on an oscilloscope: the last milliseconds of each tenth of a second. */
export function TimelinePanel({ window: latest }: { readonly window: SpanWindow | undefined }) {
  const [held, setHeld] = useState<SpanWindow | undefined>(undefined);
  const shown = held ?? latest;
  const canvas = useCanvas(drawTimeline, shown);
  return (
    <Panel
      title="Batches in flight"
      note="the last milliseconds, updated ten times a second; numbers are batches"
      aside={
        <button
          type="button"
          aria-pressed={held !== undefined}
          disabled={shown === undefined}
          onClick={() => setHeld(held === undefined ? latest : undefined)}
        >
          Hold
        </button>
      }
    >
      <canvas
        ref={canvas}
        class="timeline"
        role="img"
        aria-label={description(shown)}
        height={timelineHeight(shown)}
      />
      <ul class="legend" aria-label="Colours of the timeline">
        {SPAN_KINDS.map((kind) => (
          <li key={kind}>
            <span class={`swatch ${kind}`} aria-hidden="true" />
            {LEGEND[kind]}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function description(shown: SpanWindow | undefined): string {
  if (shown === undefined) return 'Timeline: no batch yet';
  const { spans, lanes, length } = shown;
  const batches = new Set<number>();
  for (let i = SPAN_NUMBERS - 1; i < spans.length; i += SPAN_NUMBERS) batches.add(spans[i]!);
  return `Timeline of ${batches.size} batches in ${formatMicroseconds(length / 10)}, lanes ${lanes.join(', ')}`;
}
