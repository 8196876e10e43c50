import { MigrationError } from '../common/migration-error.js';
import type { Region } from '../ferry/region.js';
import type { DashboardFerry } from './dashboard-host.js';

/** @throws MigrationError ENOENT for a region that the ferry does not have (any more) */
export function regionOf(
  { regions }: Pick<DashboardFerry, 'regions'>,
  id: number,
  operation: string,
): Region {
  const region = regions.find((one) => one.id === id);
  if (region !== undefined) return region;
  throw new MigrationError('ENOENT', `region: unknown region ${id}`, { operation, argument: 'region' });
}
