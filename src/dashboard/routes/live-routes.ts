import type { FastifyInstance } from 'fastify';
import { invalidArgument } from '../../common/migration-error.js';
import type { LiveStream } from '../live/live-stream.js';
import type { HeatRequest } from '../messages.js';
import { bodyFields } from '../refusal.js';
import { SECURITY_HEADERS } from '../security-headers.js';
import { idOf, type WithId } from './route-id.js';

export function addLiveRoutes(app: FastifyInstance, stream: LiveStream): void {
  app.get('/api/live', (_request, reply) => {
    stream.admit();
    // From here on the stream writes to the connection itself.
    reply.hijack();
    reply.raw.writeHead(200, {
      ...SECURITY_HEADERS,
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
    });
    stream.add(reply.raw);
  });
  app.put<WithId>('/api/live/:id/heat', ({ params, body }, reply) => {
    const id = idOf(params.id);
    const { region } = bodyFields<HeatRequest>(body, ['region']);
    if (!Number.isSafeInteger(region)) throw invalidArgument('watch heat', 'region', 'must be a number');
    stream.watchHeat(id, region as number);
    return reply.code(204).send();
  });
  app.delete<WithId>('/api/live/:id/heat', ({ params }, reply) => {
    stream.unwatchHeat(idOf(params.id));
    return reply.code(204).send();
  });
}
