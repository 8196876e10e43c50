import { readdirSync } from 'node:fs';

/**
 * Loads every test file of a room into this process. A process for each file costs a fifth of a second, which for tests of a
 * few milliseconds is most of it. Each file can still be run by itself.
 */
export async function importRoom(room: string): Promise<void> {
  const folder = new URL(`../${room}/`, import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.test.js'),
  );
  if (files.length === 0) throw new Error(`no tests in ${folder}`);
  for (const file of files.sort()) await import(new URL(file, folder).href);
}
