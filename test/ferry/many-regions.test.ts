import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFerry } from '../../src/index.js';
import { assertContent } from './support/content.js';
import { LIMIT, refusal } from './support/fixture.js';
import { buffersOf } from './support/many-regions-scenes.js';

test(
  'a region is released, and a ferry closed, while hundreds of regions wait for their turn',
  LIMIT,
  async () => {
    const buffers = buffersOf(300);
    const ferry = await openFerry();
    const regions = buffers.map((buffer) => ferry.adopt(buffer));
    const moving = regions.map((region) => region.migrate({ to: 1 }));
    const outcomes = Promise.allSettled(moving);
    await Promise.all([regions[299]!.release(), regions[150]!.release(), regions[0]!.release()]);
    await ferry.close();
    for (const [i, outcome] of (await outcomes).entries()) {
      if (outcome.status === 'fulfilled') assert.equal(outcome.value.bytesMoved, regions[i]!.migratableBytes);
      else refusal('ECANCELED', outcome.reason.argument)(outcome.reason);
    }
    for (const buffer of buffers) assertContent(buffer);
  },
);
