import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';

// What each browser has, and an engine alone has not.
const page = createContext({ performance, console });
runInContext(readFileSync('out/browser.js', 'utf8'), page, { timeout: 60_000 });
assert.ok(page.simulated > 1);
console.log(`Browser bundle: ${page.simulated.toFixed(1)} GB/s simulated`);
