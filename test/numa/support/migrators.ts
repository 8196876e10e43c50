import type { MigratorOption } from '../../../src/index.js';

const module = new URL('../../../../examples/own-migrator/my-migrator.mjs', import.meta.url);

/** Everything that can copy a batch, by the name that a test's title has. */
export const MIGRATORS: readonly (readonly [name: string, option: MigratorOption | undefined])[] = [
  ['no migrator', undefined],
  ['cpu', { name: 'cpu' }],
  ['mtcopy', { name: 'mtcopy', threads: 2 }],
  ['dcbm', { name: 'dcbm', channels: 2 }],
  ['error over dcbm', { name: 'error', inner: { name: 'dcbm', channels: 2 }, failBatch: 3, failFolio: 50 }],
  ['a module of the program', { module }],
];
