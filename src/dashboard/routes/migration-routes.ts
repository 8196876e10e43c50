import type { FastifyInstance } from 'fastify';
import { PAGE_SIZE } from '../../common/page.js';
import type { DashboardFerry } from '../dashboard-host.js';
import type { MigrationRequest } from '../messages.js';
import type { Migrations } from '../migrations.js';
import { bodyFields } from '../refusal.js';
import { regionOf } from '../region-of.js';
import { idOf, type WithId } from './route-id.js';

/** Pages of a region whose nodes are queried. */
const ASKED = 256;

const FIELDS = ['region', 'to', 'reason', 'mode', 'batchBytes', 'copyMode', 'hugePages', 'repeat'] as const;

export function addMigrationRoutes(
  app: FastifyInstance,
  ferry: DashboardFerry,
  migrations: Migrations,
): void {
  app.get('/api/migrations', (_request, reply) => {
    return reply.header('Cache-Control', 'no-store').send(migrations.states());
  });
  app.post('/api/migrations', ({ body }, reply) => {
    const request = bodyFields<MigrationRequest>(body, FIELDS);
    // Missing and wrong fields are reported by `start`.
    return reply.code(201).send(migrations.start(request as MigrationRequest));
  });
  app.delete<WithId>('/api/migrations/:id', async ({ params }, reply) => {
    await migrations.stop(idOf(params.id));
    return reply.code(204).send();
  });

  // The nodes of some pages that are spread evenly over the region: number of pages by node.
  app.get<WithId>('/api/regions/:id/pages', async ({ params }, reply) => {
    const region = regionOf(ferry, idOf(params.id), 'read pages');
    const pages = Math.floor(region.bytes / PAGE_SIZE);
    const asked = Math.min(ASKED, pages);
    const offsets = Array.from({ length: asked }, (_, i) => Math.floor((i * pages) / asked) * PAGE_SIZE);
    const counts: Record<string, number> = {};
    for (const node of await region.movePages(offsets, null)) {
      if (node >= 0) counts[node] = (counts[node] ?? 0) + 1;
    }
    return reply.header('Cache-Control', 'no-store').send(counts);
  });
}
