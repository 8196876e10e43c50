import { SPAN_KINDS, SPAN_NUMBERS, type SpanKind, type SpanWindow } from '../../../src/dashboard/messages.js';
import { type ColorName, colorOf } from '../ui/colors.js';
import { formatMicroseconds } from '../ui/format.js';

const LANE_PX = 24;
const AXIS_PX = 22;
const NAMES_PX = 64;
/** Lanes that there always are: unmap, copy, map. */
const MIN_LANES = 3;
const FONT = '12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
const COLORS: Readonly<Record<SpanKind, ColorName>> = {
  protect: 'protect',
  unmap: 'unmap',
  copy: 'copy',
  wait: 'line',
  map: 'map',
};
/** Pixels below which a number does not fit into a span. */
const MIN_FOR_TEXT = 22;

export function timelineHeight(shown: SpanWindow | undefined): number {
  return laneOrder(shown).length * LANE_PX + AXIS_PX;
}

/** Out first, then the copies, then in: the way of a batch goes down the lanes. Of the channels those that do something. */
function laneOrder(shown: SpanWindow | undefined): readonly number[] {
  const channels = new Set<number>();
  for (let i = 0; i < (shown?.spans.length ?? 0); i += SPAN_NUMBERS) {
    if (shown!.spans[i]! >= MIN_LANES) channels.add(shown!.spans[i]!);
  }
  return [0, 1, ...[...channels].sort((a, b) => a - b), 2];
}

export function drawTimeline(canvas: HTMLCanvasElement, shown: SpanWindow | undefined): void {
  const { devicePixelRatio: ratio = 1 } = window;
  const width = canvas.clientWidth;
  const height = timelineHeight(shown);
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  if (context === null || width === 0) return;
  context.scale(ratio, ratio);
  context.font = FONT;
  context.textBaseline = 'middle';
  const lanes = shown?.lanes ?? ['unmap', 'copy', 'map'];
  const rows = laneOrder(shown);
  drawLanes(context, width, lanes, rows);
  if (shown === undefined) return;
  drawSpans(context, width, shown, rows);
  drawAxis(context, width, height, shown.length);
}

function drawLanes(
  context: CanvasRenderingContext2D,
  width: number,
  lanes: readonly string[],
  rows: readonly number[],
): void {
  const sunken = colorOf('surface-sunken');
  const quiet = colorOf('text-quiet');
  rows.forEach((lane, row) => {
    context.fillStyle = sunken;
    context.fillRect(NAMES_PX, row * LANE_PX + 1, width - NAMES_PX, LANE_PX - 2);
    context.fillStyle = quiet;
    context.fillText(lanes[lane] ?? '', 0, row * LANE_PX + LANE_PX / 2, NAMES_PX - 6);
  });
}

function drawSpans(
  context: CanvasRenderingContext2D,
  width: number,
  { spans, length }: SpanWindow,
  rows: readonly number[],
): void {
  const colors = SPAN_KINDS.map((kind) => colorOf(COLORS[kind]));
  const surface = colorOf('surface');
  const text = colorOf('text');
  const perUnit = (width - NAMES_PX) / length;
  for (let i = 0; i < spans.length; i += SPAN_NUMBERS) {
    const [lane, kind, begin, long, batch] = spans.slice(i, i + SPAN_NUMBERS) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const x = NAMES_PX + begin * perUnit;
    const spanWidth = Math.max(1, long * perUnit);
    const y = rows.indexOf(lane) * LANE_PX + 3;
    context.fillStyle = colors[kind]!;
    context.fillRect(x, y, spanWidth - (spanWidth > 3 ? 1 : 0), LANE_PX - 6);
    const label = String(batch);
    if (spanWidth < MIN_FOR_TEXT || context.measureText(label).width > spanWidth - 6) continue;
    context.fillStyle = SPAN_KINDS[kind] === 'wait' ? text : surface;
    context.fillText(label, x + 3, y + LANE_PX / 2 - 3);
  }
}

function drawAxis(context: CanvasRenderingContext2D, width: number, height: number, length: number): void {
  context.fillStyle = colorOf('text-quiet');
  const y = height - AXIS_PX / 2 + 2;
  const step = niceStep(length / Math.max(2, Math.floor((width - NAMES_PX) / 110)));
  context.textAlign = 'center';
  for (let at = step; at < length * 0.97; at += step) {
    const x = NAMES_PX + (at / length) * (width - NAMES_PX);
    context.fillRect(x, height - AXIS_PX, 1, 4);
    context.fillText(formatMicroseconds(at / 10), x, y);
  }
  context.textAlign = 'left';
  context.fillText('0', NAMES_PX, y);
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(min: number): number {
  const power = 10 ** Math.floor(Math.log10(min));
  return power * ([1, 2, 5].find((factor) => factor * power >= min) ?? 10);
}
