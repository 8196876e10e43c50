import { statSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';

const MAX_BYTES = 200_000;

/** Takes a picture for the docs. @throws Error when it is too large for them. */
export async function takePicture(subject: Page | Locator, path: string): Promise<void> {
  await subject.screenshot({ path });
  const bytes = statSync(path).size;
  console.log(`${path}: ${Math.round(bytes / 1000)} kB`);
  if (bytes > MAX_BYTES) throw new Error(`${path} has more than ${MAX_BYTES / 1000} kB`);
}
