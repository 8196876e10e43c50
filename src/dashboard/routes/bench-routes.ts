import type { FastifyInstance } from 'fastify';
import { invalidArgument, MigrationError } from '../../common/migration-error.js';
import type { BenchRunner } from '../dashboard-host.js';
import { BENCHES, type BenchAnswer, type BenchRequest } from '../messages.js';
import { bodyFields } from '../refusal.js';

/**
 * Routes of the benches. Without a runner they are refused: the ferry of a program does not start processes for a page.
 */
export function addBenchRoutes(app: FastifyInstance, runner: BenchRunner | undefined): void {
  const bench = (): BenchRunner => {
    if (runner !== undefined) return runner;
    throw new MigrationError('EOPNOTSUPP', 'only pageferry serve runs benches', {
      operation: 'bench',
      advice: "Use 'pageferry serve', or 'pageferry bench' in a terminal.",
    });
  };
  app.get('/api/bench', (_request, reply) => {
    const { state, report } = bench();
    return reply.header('Cache-Control', 'no-store').send({ state, report } satisfies BenchAnswer);
  });
  app.post('/api/bench', ({ body }, reply) => {
    const runs = bench();
    const { bench: name, options = {} } = bodyFields<BenchRequest>(body, ['bench', 'options']);
    const known = BENCHES.find((one) => one === name);
    if (known === undefined) throw invalidArgument('bench', 'bench', `must be ${BENCHES.join(' or ')}`);
    return reply.code(201).send(runs.start({ bench: known, options: optionsOf(options) }));
  });
  app.delete('/api/bench', async (_request, reply) => {
    await bench().stop();
    return reply.code(204).send();
  });
}

function optionsOf(options: unknown): Record<string, string> {
  const fields = bodyFields<Record<string, unknown>>(options, Object.keys(Object(options)));
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'string')
      throw invalidArgument('bench', `options.${name.slice(0, 40)}`, 'must be a string');
  }
  return fields as Record<string, string>;
}
