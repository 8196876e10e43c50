import assert from 'node:assert/strict';
import {
  type EventReader,
  MigrationAbortedError,
  MigrationError,
  openFerry,
  type ParameterWatch,
  type Region,
  type Trace,
} from 'pageferry';
import { type MetricsRegistration, registerMetrics } from 'pageferry/metrics';
import { Registry } from 'prom-client';

/** What a program may want to know of an error. */
function kindOf(error: unknown): 'busy' | 'stopped' | 'other' {
  if (error instanceof MigrationAbortedError) {
    const { code, name }: { code: 'ABORT_ERR'; name: 'AbortError' } = error;
    return code === 'ABORT_ERR' && name === 'AbortError' && error.result.foliosFailed === 0
      ? 'stopped'
      : 'other';
  }
  if (!(error instanceof MigrationError)) return 'other';
  switch (error.code) {
    case 'EBUSY':
      return 'busy';
    // @ts-expect-error: no code has this name.
    case 'EBUZY':
      return 'other';
    default:
      return 'other';
  }
}

const ferry = await openFerry();
ferry.on('ejected', ({ name, why }) => console.error(`${name.toUpperCase()}: ${why}`));
// @ts-expect-error: nothing has this name.
ferry.on('rejected', () => undefined);
const closed: Promise<void> = ferry.closed;

const region: Region<SharedArrayBuffer> = ferry.allocate(2 ** 22);
new Uint8Array(region.buffer).fill(7);
const shared = new SharedArrayBuffer(2 ** 20);
const adopted: Region<SharedArrayBuffer> = ferry.adopt(shared);
assert.equal(adopted.buffer, shared);

const registry = new Registry();
const registration: MetricsRegistration = await registerMetrics(ferry, registry);
const reader: EventReader = ferry.events();
const kinds = (async () => {
  const seen = new Set<string>();
  for await (const event of reader) {
    seen.add(event.kind);
    if (event.kind === 'migration') break;
  }
  return seen;
})();
const waiting = setInterval(() => undefined, 1000);
await region.migrate({ to: 1 });
assert.ok((await kinds).has('batch'));
clearInterval(waiting);
const there: number | undefined = (await region.locate()).get(1);
assert.equal(there, region.migratableBytes);
assert.deepEqual([...(await region.movePages([8192], [0]))], [0]);
assert.match(await registry.metrics(), /^pageferry_moved_bytes_total \d+$/m);

await region.migrate({ to: 0, signal: AbortSignal.abort() }).then(
  () => assert.fail('it was not stopped'),
  (error: unknown) => assert.equal(kindOf(error), 'stopped'),
);

const trace: Trace = ferry.trace();
const watch: ParameterWatch = ferry.parameters.watch('/', () => undefined);
for (const ending of [trace, reader, watch] satisfies Disposable[]) ending[Symbol.dispose]();
for (const ending of [registration, adopted, region, ferry] satisfies AsyncDisposable[]) {
  await ending[Symbol.asyncDispose]();
}
await closed;
console.log(
  `TypeScript: ${kindOf(new MigrationError('EBUSY', 'a region is', { operation: 'test' }))}, and the ferry is closed`,
);
