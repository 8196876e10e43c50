import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The rooms whose code a simulated figure depends on: `sim` and all that it imports. */
const ROOMS = [
  'access',
  'common',
  'dmaengine',
  'engine',
  'heat',
  'migrators',
  'mm',
  'offload',
  'policy',
  'sim',
  'trace',
];

let known: string | undefined;

/**
 * The version of the model: a hash of the code that computes a cell. Figures of different versions are never mixed, in a
 * cache or between machines. A number that people change by hand would be forgotten.
 */
export function modelVersion(): string {
  known ??= hashOfCode(fileURLToPath(new URL('../', import.meta.url)), ROOMS);
  return known;
}

/** Hash of the JavaScript files in some folders of `root`. Maps of sources do not count, which a package leaves out. */
export function hashOfCode(root: string, folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('.js')).sort()) {
      const code = readFileSync(join(root, folder, file), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
      hash.update(`${folder}/${file.replaceAll('\\', '/')}\0${code.trimEnd()}\0`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}
