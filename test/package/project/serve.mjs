import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const command = 'node_modules/.bin/pageferry';
const serve = spawn(command, ['serve', '--bytes', '16M'], { stdio: ['ignore', 'pipe', 'inherit'] });
const [line] = await once(createInterface(serve.stdout), 'line', { signal: AbortSignal.timeout(60_000) });
const { origin, hash } = new URL(line);
const page = await fetch(origin);
assert.equal(page.status, 200);
const authorization = `Bearer ${hash.slice('#token='.length)}`;
const metrics = await (await fetch(`${origin}/metrics`, { headers: { authorization } })).text();
assert.match(metrics, /^# TYPE pageferry_/m);
serve.kill('SIGINT');
const [code] = await once(serve, 'exit');
assert.equal(code, 0);
console.log('pageferry serve: the page and /metrics are served');
