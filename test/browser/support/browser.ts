import { type Browser, chromium } from 'playwright-core';

/** Debian's Chromium, found by run.sh. Root may not use its sandbox. */
export function openBrowser(): Promise<Browser> {
  const { PAGEFERRY_CHROMIUM: executablePath = '/usr/bin/chromium' } = process.env;
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
