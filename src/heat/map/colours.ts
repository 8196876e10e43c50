export type Rgb = readonly [red: number, green: number, blue: number];

/** From cold to hot. The lightness rises steadily, so that the order is also visible without colours. */
const ANCHORS: readonly Rgb[] = [
  [44, 30, 90],
  [110, 40, 130],
  [185, 55, 105],
  [235, 105, 55],
  [250, 175, 50],
  [252, 250, 170],
];

/** The colour of a level between the lowest and the highest of a picture. */
export function colourOf(level: number, low: number, high: number): Rgb {
  const part = high === low ? 1 : (level - low) / (high - low);
  const at = part * (ANCHORS.length - 1);
  const i = Math.min(ANCHORS.length - 2, Math.floor(at));
  const mix = (channel: 0 | 1 | 2): number =>
    Math.round(ANCHORS[i]![channel] + (at - i) * (ANCHORS[i + 1]![channel] - ANCHORS[i]![channel]));
  return [mix(0), mix(1), mix(2)];
}

/** The nearest colour of the 6×6×6 cube of terminals with 256 colours (xterm). */
export function cubeColour(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((channel) =>
    channel < 48 ? 0 : channel < 115 ? 1 : Math.floor((channel - 35) / 40),
  );
  return 16 + 36 * red! + 6 * green! + blue!;
}
