import { createRequire } from 'node:module';

export const { version: VERSION } = createRequire(import.meta.url)('pageferry/package.json') as {
  version: string;
};
