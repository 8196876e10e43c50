import { createRequire } from 'node:module';

/** Of the package. */
export const { version: VERSION } = createRequire(import.meta.url)('pageferry/package.json') as {
  version: string;
};
