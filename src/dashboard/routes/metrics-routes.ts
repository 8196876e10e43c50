import type { FastifyInstance } from 'fastify';
import { FerryMetrics, type MeasuredFerry } from '../../metrics/ferry-metrics.js';

/** `/metrics` for Prometheus. The ferry records its batches only after the first request. */
export function addMetricsRoutes(app: FastifyInstance, ferry: MeasuredFerry): void {
  let metrics: FerryMetrics | undefined;
  app.get('/metrics', async (_request, reply) => {
    metrics ??= new FerryMetrics(ferry);
    const text = await metrics.text();
    return reply.header('Cache-Control', 'no-store').type(metrics.contentType).send(text);
  });
  app.addHook('onClose', async () => metrics?.close());
}
