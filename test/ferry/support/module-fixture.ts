import type { TestContext } from 'node:test';
import { ModuleMigrator, type ModuleMigratorOptions } from '../../../src/own-migrators/host.js';
import { Frames } from './frames.js';

/** URL of a module in test/ferry/fixtures, which are not compiled. */
export function fixture(name: string): string {
  return new URL(`../../../../test/ferry/fixtures/${name}.mjs`, import.meta.url).href;
}

export interface LoadedFixture {
  readonly migrator: ModuleMigrator;
  readonly frames: Frames;
}

/** Loads a fixture over 256 frames of memory; both are given back when the test ends. */
export async function loadFixture(
  context: TestContext,
  name: string,
  options?: unknown,
  more: Partial<ModuleMigratorOptions> = {},
): Promise<LoadedFixture> {
  const frames = new Frames(256);
  const migrator = await ModuleMigrator.load({
    module: fixture(name),
    options,
    capacity: 64,
    frameBase: frames.base,
    timeoutMs: () => 20_000,
    ...more,
  });
  context.after(async () => {
    await migrator.close();
    frames.unmap();
  });
  return { migrator, frames };
}
