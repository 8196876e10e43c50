import type { FastifyInstance } from 'fastify';
import { invalidArgument, MigrationError } from '../../common/migration-error.js';
import { checkMigratorOption, type MigratorOption } from '../../ferry/migrator-options.js';
import { MAX_VALUE_BYTES } from '../../parameters/socket/parameter-requests.js';
import type { DashboardFerry, WatchedProgram } from '../dashboard-host.js';
import type { MigratorRequest } from '../messages.js';
import { bodyFields } from '../refusal.js';

/** Routes that change parameters, the migrator, and whether the watched program runs. */
export function addFerryRoutes(
  app: FastifyInstance,
  ferry: DashboardFerry,
  program: WatchedProgram | undefined,
): void {
  app.get('/api/parameters', (_request, reply) => noStore(reply).send(ferry.parameters.list()));
  app.get<Path>('/api/parameters/*', (request, reply) => {
    return noStore(reply)
      .type('text/plain; charset=utf-8')
      .send(`${ferry.parameters.get(request.params['*'])}\n`);
  });
  app.put<Path>('/api/parameters/*', { bodyLimit: MAX_VALUE_BYTES }, async (request, reply) => {
    const { body } = request;
    if (typeof body !== 'string') {
      throw invalidArgument('set parameter', 'body', 'must be text/plain');
    }
    await ferry.parameters.set(request.params['*'], body);
    return reply.code(204).send();
  });

  app.put('/api/migrator', async ({ body }, reply) => {
    const option = migratorOption(body);
    // Replaces the registered migrator, which leaves first, after its grace period.
    if (ferry.activeMigrator !== undefined) await ferry.unregisterMigrator(ferry.activeMigrator);
    await ferry.registerMigrator(option);
    return reply.code(204).send();
  });
  app.delete('/api/migrator', async (_request, reply) => {
    if (ferry.activeMigrator === undefined) {
      throw new MigrationError('EINVAL', 'no migrator is registered', { operation: 'unregisterMigrator' });
    }
    await ferry.unregisterMigrator(ferry.activeMigrator);
    return reply.code(204).send();
  });

  app.put('/api/program', ({ body }, reply) => {
    const { running } = bodyFields<{ running: boolean }>(body, ['running']);
    if (typeof running !== 'boolean') throw invalidArgument('request', 'running', 'must be true or false');
    if (program === undefined) {
      throw new MigrationError('ENODEV', 'this ferry has no demo program to pause', {
        operation: 'request',
      });
    }
    program.setRunning(running);
    return reply.code(204).send();
  });
}

interface Path {
  Params: { '*': string };
}

/**
 * Checks the new migrator before the old one leaves. A module is refused, because it is code, and only the program
 * decides which code this process runs.
 */
function migratorOption(body: unknown): MigratorOption {
  const { name, ...numbers } = bodyFields<MigratorRequest>(body, ['name', 'channels', 'threads']);
  if (name !== 'cpu' && name !== 'mtcopy' && name !== 'dcbm') {
    throw invalidArgument('registerMigrator', 'name', 'must be cpu, mtcopy or dcbm');
  }
  const option = { name, ...numbers } as MigratorOption;
  checkMigratorOption(option);
  return option;
}

function noStore<T extends { header(name: string, value: string): T }>(reply: T): T {
  return reply.header('Cache-Control', 'no-store');
}
