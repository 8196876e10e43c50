import type { FastifyInstance } from 'fastify';
import type { LiveStream } from '../live/live-stream.js';
import { SECURITY_HEADERS } from '../security-headers.js';

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
}
