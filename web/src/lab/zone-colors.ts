import {
  ZONE_FREE,
  ZONE_HUGE,
  ZONE_ISOLATED,
  ZONE_MOVED,
  ZONE_PAGE,
} from '../../../src/sim/lab/zone-session.js';
import type { ColorName } from '../ui/colors.js';

/** What a pixel means. The colours differ in lightness as well. */
export const ZONE_LEGEND: readonly {
  readonly state: number;
  readonly text: string;
  readonly color: ColorName;
}[] = [
  { state: ZONE_FREE, text: 'free', color: 'surface-sunken' },
  { state: ZONE_PAGE, text: 'page', color: 'series-6' },
  { state: ZONE_MOVED, text: 'page that was migrated', color: 'series-1' },
  { state: ZONE_HUGE, text: 'huge page', color: 'series-2' },
  { state: ZONE_ISOLATED, text: 'held by the free scanner', color: 'text' },
];

/** Where the scanners are; they begin at the two ends, and where they meet compaction is over. */
export const SCANNERS = [
  { name: 'migrate', text: 'migrate scanner', sign: '▶' },
  { name: 'free', text: 'free scanner', sign: '▷' },
] as const;
