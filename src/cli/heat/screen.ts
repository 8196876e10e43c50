import { MIN_WIDTH, type TerminalColours } from '../../heat/map/terminal-map.js';
import { isAsciiLocale } from '../ui/ascii.js';

type Screen = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'getColorDepth'>;

/** Columns of a map: those of the terminal, at least 40. A pipe or a file gets 80. */
export function mapWidth({ isTTY, columns }: Screen = process.stdout): number {
  if (isTTY !== true || columns === undefined || columns <= 0) return 80;
  return Math.max(MIN_WIDTH, columns);
}

/** Colours that the terminal can show. A pipe, NO_COLOR, a dumb terminal and a locale without UTF-8 have none. */
export function mapColours(screen: Screen = process.stdout): TerminalColours {
  if (screen.isTTY !== true || isAsciiLocale()) return 'none';
  // It knows NO_COLOR, FORCE_COLOR, COLORTERM and TERM.
  const bits = screen.getColorDepth();
  return bits >= 24 ? 'truecolor' : bits >= 8 ? '256' : 'none';
}
