import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ferryParameters } from '../../../src/ferry/ferry-parameters.js';
import type { ParameterTree } from '../../../src/parameters/parameter-tree.js';
import { ParameterServer } from '../../../src/parameters/socket/parameter-server.js';
import { FakeParameterHost } from './fake-parameter-host.js';

/** A directory of its own, and what must end before it goes. */
export function temporaryFolder(t: { after(fn: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'pf-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface ParameterServerFixture {
  readonly folder: string;
  readonly path: string;
  readonly host: FakeParameterHost;
  readonly tree: ParameterTree;
  readonly server: ParameterServer;
}

/** The parameters of a fake ferry, listening. */
export async function listening(t: {
  after(fn: () => void | Promise<void>): void;
}): Promise<ParameterServerFixture> {
  const folder = temporaryFolder(t);
  const path = join(folder, 's');
  const host = new FakeParameterHost();
  const tree = ferryParameters(host);
  const server = await ParameterServer.listen(path, tree);
  t.after(() => server.close());
  return { folder, path, host, tree, server };
}
