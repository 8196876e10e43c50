import type { WatchedHeat } from '../../ferry/heat.js';
import { snapshotJson } from '../../heat/snapshot-json.js';
import type { HeatMessage } from '../messages.js';

export function heatMessage(region: number, { snapshot, workingSets, cost }: WatchedHeat): HeatMessage {
  return { region, snapshot: snapshotJson(snapshot), workingSets, cost };
}
