import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeThrown } from '../common/describe-value.js';
import { ERRNO } from '../common/errno.js';
import { MigrationError } from '../common/migration-error.js';
import { errnoOf, systemError } from '../common/system-error.js';

export interface StaticFile {
  readonly type: string;
  readonly cache: string;
  readonly content: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

const BUILT = fileURLToPath(new URL('../../web/', import.meta.url));

/**
 * Reads the files of the page once, by their paths in URLs. So no request reaches the file system.
 * @throws MigrationError ENOENT if the page was not built.
 */
export function readStaticFiles(folder: string = BUILT): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const type = TYPES[extname(entry.name)];
      if (!entry.isFile() || type === undefined) continue;
      const path = join(entry.parentPath, entry.name);
      const address = `/${relative(folder, path)}`;
      // Names of built files contain a hash of their content.
      const cache = address.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
      files.set(address, { type, cache, content: readFileSync(path) });
    }
  } catch (cause) {
    if (errnoOf(cause) === ERRNO.ENOENT) throw notBuilt(folder, cause);
    throw systemError(errnoOf(cause) || ERRNO.EIO, `cannot read the page: ${describeThrown(cause)}`, {
      operation: 'serveDashboard',
      cause,
    });
  }
  const index = files.get('/index.html');
  if (index === undefined) throw notBuilt(folder);
  return files.set('/', index);
}

function notBuilt(folder: string, cause?: unknown): MigrationError {
  return new MigrationError('ENOENT', `the page is missing from ${folder}`, {
    operation: 'serveDashboard',
    advice: "In a clone, run 'npm run build'.",
    cause,
  });
}
