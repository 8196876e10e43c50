import { useEffect, useRef, useState } from 'preact/hooks';
import type { ZoneFrame } from '../../../src/sim/lab/zone-session.js';
import { THEME_CHANGED } from '../app/theme.js';
import { colorOf } from '../ui/colors.js';
import { SCANNERS, ZONE_LEGEND } from './zone-colors.js';

/** Base pages of 2 MiB: a line of the picture where there is room for it. */
const BLOCK = 512;

/** The scanners are drawn beside the picture, so wide. */
const GUTTER = 20;

/** One pixel for each page of the zone, from its beginning at the top left; a line is 2 MiB, or half of that. */
export function ZoneCanvas({ frame, label }: { readonly frame: ZoneFrame; readonly label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const outer = useRef<HTMLElement>(null);
  const [room, setRoom] = useState(BLOCK);
  const [theme, setTheme] = useState(0);
  useEffect(() => {
    const div = outer.current!;
    const resize = new ResizeObserver(() => setRoom(div.clientWidth - GUTTER));
    resize.observe(div);
    const repaint = () => setTheme((count) => count + 1);
    addEventListener(THEME_CHANGED, repaint);
    return () => {
      resize.disconnect();
      removeEventListener(THEME_CHANGED, repaint);
    };
  }, []);
  const { picture, scanners } = frame;
  // Whole pixels of the screen for each page: fewer pages a line, or larger ones.
  const columns = room >= BLOCK ? BLOCK : BLOCK / 2;
  const rows = Math.ceil(picture.length / columns);
  const scale = Math.max(1, Math.floor(room / columns));
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    const image = context.createImageData(columns, rows);
    new Uint32Array(image.data.buffer).set(paint(picture, palette()));
    context.putImageData(image, 0, 0);
  }, [picture, columns, rows, theme]);
  return (
    <figure ref={outer} class="zone">
      {scanners !== null &&
        SCANNERS.map(({ name, sign }) => (
          <span
            key={name}
            class="scanner"
            aria-hidden="true"
            style={{ top: `${Math.floor(scanners[name] / columns) * scale}px` }}
          >
            {sign}
          </span>
        ))}
      <canvas
        ref={canvas}
        width={columns}
        height={rows}
        role="img"
        aria-label={label}
        style={{ width: `${columns * scale}px`, height: `${rows * scale}px` }}
      />
      <figcaption>
        {columns === BLOCK ? '2 MiB' : '1 MiB'} a line, from the zone’s first page at the top left
      </figcaption>
    </figure>
  );
}

function paint(picture: Uint8Array, colors: Uint32Array): Uint32Array {
  const pixels = new Uint32Array(picture.length);
  for (let i = 0; i < picture.length; i++) pixels[i] = colors[picture[i]!]!;
  return pixels;
}

/** The colours as an image has them: bytes of red, green, blue, opacity. */
function palette(): Uint32Array {
  const bytes = new Uint8Array(4 * ZONE_LEGEND.length);
  for (const { state, color } of ZONE_LEGEND) {
    const [red = 0, green = 0, blue = 0] = colorOf(color)
      .match(/\d+(\.\d+)?/g)!
      .map(Number);
    bytes.set([red, green, blue, 255], 4 * state);
  }
  return new Uint32Array(bytes.buffer);
}
