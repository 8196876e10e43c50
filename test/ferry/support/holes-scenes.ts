import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amount, sampled } from '../../deep.js';
import { Crew } from './crew.js';
import { HUGE, LIMIT, MIB, PAGE, withFerry } from './fixture.js';
import { untouchedBuffer } from './untouched.js';

export const MODES = sampled(
  [
    { copyMode: 'exclusive', folioSize: PAGE },
    { copyMode: 'exclusive', folioSize: HUGE },
    { copyMode: 'write-protected', folioSize: PAGE },
    { copyMode: 'write-protected', folioSize: HUGE },
  ] as const,
  2,
);

/** How often a page is written to. */
const TIMES = 8;

export function freshPages(cases: readonly (typeof MODES)[number][]): void {
  for (const { copyMode, folioSize } of cases) {
    test(
      `threads that touch fresh pages meanwhile get zeros: ${copyMode}, folios of ${folioSize}`,
      LIMIT,
      async () => {
        await withFerry({}, async (ferry) => {
          const buffer = untouchedBuffer(amount(16, 40) * MIB);
          const region = ferry.adopt(buffer, { folioSize });
          const words = new Int32Array(buffer);
          const pages = buffer.byteLength / PAGE;
          const fresh: number[][] = [[], []];
          for (let page = 1; page < pages - 1; page++) {
            const offset = page * PAGE + 64;
            if (page % 3 === 2) words[offset / 4] = page;
            else fresh[page % 3]!.push(offset);
          }
          const roles = fresh.map((list) => ({ kind: 'touch', pages: list }) as const);
          const touching = Crew.start(buffer, roles).then((crew) => crew.finished());
          let done = false;
          const marked = touching.finally(() => {
            done = true;
          });
          for (let round = 1; !done; round++) {
            const result = await region.migrate({ to: round % 2, copyMode });
            assert.equal(result.foliosFailed, 0);
          }
          const touched = await marked;
          assert.deepEqual(
            touched,
            fresh.map((list) => list.length),
          );
          for (const offset of fresh.flat()) assert.equal(words[offset / 4], 1);
          for (let page = 2; page < pages - 1; page += 3) assert.equal(words[(page * PAGE + 64) / 4], page);
        });
      },
    );

    test(
      `memory that is filled while it migrates keeps all of it: ${copyMode}, folios of ${folioSize}`,
      LIMIT,
      async () => {
        await withFerry({}, async (ferry) => {
          const buffer = untouchedBuffer(amount(16, 80) * MIB);
          const region = ferry.adopt(buffer, { folioSize });
          const words = new Int32Array(buffer);
          // Each page is written to several times, so that a page which went back to what it was does not pass.
          const written = (page: number, time: number): number => page * PAGE + time * 64;
          const moving = Array.from({ length: amount(4, 32) }, (_, i) =>
            region.migrate({ to: (i + 1) % 2, copyMode }),
          );
          const pages = buffer.byteLength / PAGE;
          for (let page = 0; page < pages + TIMES; page++) {
            for (let time = 0; time < TIMES; time++) {
              if (page - time >= 0 && page - time < pages) words[written(page - time, time) / 4] = page;
            }
          }
          await Promise.all(moving);
          for (let page = 0; page < pages; page++) {
            for (let time = 0; time < TIMES; time++)
              assert.equal(words[written(page, time) / 4], page + time);
          }
        });
      },
    );
  }
}
