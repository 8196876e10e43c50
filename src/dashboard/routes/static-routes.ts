import type { FastifyInstance } from 'fastify';
import type { StaticFile } from '../static-files.js';

export function addStaticRoutes(app: FastifyInstance, files: ReadonlyMap<string, StaticFile>): void {
  for (const [address, { type, cache, content }] of files) {
    app.get(address, (_request, reply) => reply.type(type).header('Cache-Control', cache).send(content));
  }
}
