import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { testMigrator } from '../../src/migrator.js';
import { CpuMigrator } from '../../src/migrators/cpu.js';
import type { CopyPort } from '../../src/mm/ports/machine.js';
import type { CopyList, Migrator } from '../../src/offload/migrator.js';
import { copyOne, copySome } from '../offload/spy-migrator.js';

type Copy = (list: CopyList, port: CopyPort) => unknown;

const all: Copy = (list, port) => copySome(list, port, () => true);

/** A factory of migrators that copy like this; `make` is called for each, for what one keeps to itself. */
function migrators(make: () => Copy): () => Migrator {
  return () => ({ name: 'mutant', offloadCopy: make() as Migrator['offloadCopy'] });
}

/** Migrators that are wrong in one way each, and what a failed check says of it. */
const MUTANTS: readonly (readonly [name: string, said: RegExp, make: () => Copy])[] = [
  [
    'marks a folio that it could not read',
    /is marked, but could not be read/,
    () => (list, port) => {
      const result = all(list, port);
      list.copied.fill(1, 0, list.length);
      return result;
    },
  ],
  [
    'marks without copying',
    /is marked, but its destination has other content/,
    () => (list) => {
      list.copied.fill(1, 0, list.length);
      return 0;
    },
  ],
  [
    'marks one more than there are',
    /it wrote to list\.copied\[\d+\], beyond/,
    () => (list, port) => {
      list.copied[list.length] = 0;
      return all(list, port);
    },
  ],
  [
    'copies without marking',
    /can be copied, but is not marked/,
    () => (list, port) => {
      const result = all(list, port);
      list.copied.fill(0, 0, list.length);
      return result;
    },
  ],
  [
    'marks with another number',
    /neither 0 nor 1/,
    () => (list, port) => {
      const result = all(list, port);
      if (list.length > 0) list.copied[0] = 255;
      return result;
    },
  ],
  [
    'shares folios out among 4 and forgets the rest, marked',
    /copies 1 to 35 folios, .*is marked, but its destination has other content/,
    () => (list, port) => {
      const share = Math.floor(list.length / 4) * 4;
      const result = copySome(list, port, (i) => i < share);
      list.copied.fill(1, 0, list.length);
      return result;
    },
  ],
  [
    'shares folios out among 4 and forgets the rest, unmarked',
    /copies 513 folios: folio 512 of 513 can be copied, but is not marked/,
    () => (list, port) => copySome(list, port, (i) => i < list.length - (list.length % 4)),
  ],
  [
    'copies one page of each folio',
    /copies one folio of order 1: folio 0 of order 1 is marked/,
    () => (list, port) => {
      for (let i = 0; i < list.length; i++) {
        if (port.copyFrames(list.dst[i]!, list.src[i]!, 1) === 0) list.copied[i] = 1;
      }
      return 0;
    },
  ],
  [
    'knows orders up to 8',
    /copies one folio of order 9/,
    () => (list, port) => {
      for (let i = 0; i < list.length; i++) {
        const pages = 1 << Math.min(8, list.order[i]!);
        if (port.copyFrames(list.dst[i]!, list.src[i]!, pages) === 0) list.copied[i] = 1;
      }
      return 0;
    },
  ],
  [
    'takes sources for destinations',
    /reads frames that are not sources of the list/,
    () => (list, port) =>
      all({ ...list, src: Float64Array.from(list.dst), dst: Uint32Array.from(list.src) }, port),
  ],
  [
    'merges when the sources are neighbours, whatever the destinations are',
    /not destinations of the list|has other content/,
    () => (list, port) => {
      for (let i = 0, end = 0; i < list.length; i = end) {
        let pages = 1 << list.order[i]!;
        for (end = i + 1; end < list.length && list.src[end] === list.src[i]! + pages; end++) {
          pages += 1 << list.order[end]!;
        }
        if (port.copyFrames(list.dst[i]!, list.src[i]!, pages) === 0) list.copied.fill(1, i, end);
      }
      return 0;
    },
  ],
  [
    'gives up at the first folio that cannot be read',
    /loses only the folio that cannot be read: the first of a run: folio 1 of 16 can be copied/,
    () => (list, port) => {
      for (let i = 0; i < list.length; i++) {
        const error = copyOne(list, port, i);
        if (error !== 0) return error;
      }
      return 0;
    },
  ],
  [
    'keeps the numbers of its first batch',
    /when they are refilled/,
    () => {
      let kept: CopyList | undefined;
      return (list, port) => {
        kept ??= { ...list, src: list.src.slice(), dst: list.dst.slice() };
        return all({ ...list, src: kept.src, dst: kept.dst }, port);
      };
    },
  ],
  [
    'keeps the arrays of its first batch',
    /copies what is in other arrays than before/,
    () => {
      let kept: CopyList | undefined;
      return (list, port) => {
        kept ??= list;
        return all({ ...list, src: kept.src, dst: kept.dst }, port);
      };
    },
  ],
  [
    'sorts the arrays',
    /it wrote to list\.(src|dst)/,
    () => (list, port) => {
      list.src.subarray(0, list.length).sort();
      return all(list, port);
    },
  ],
  [
    'goes on after the end',
    /after the batch was over/,
    () => (list, port) => {
      queueMicrotask(() => void all(list, port));
      list.copied.fill(1, 0, list.length);
      return 0;
    },
  ],
  [
    'counts',
    /it returned \d+, which is neither 0 nor a negative errno/,
    () => (list, port) => {
      all(list, port);
      return list.length;
    },
  ],
  ['says nothing', /it returned undefined undefined/, () => (list, port) => void all(list, port)],
  ['refuses', /it returned -EBUSY although every folio can be copied/, () => () => -ERRNO.EBUSY],
  [
    'throws',
    /copies 64 neighbours: out of order/,
    () => () => {
      throw new Error('out of order');
    },
  ],
  ['never ends', /it timed out after 20 ms/, () => () => new Promise(() => {})],
];

for (const [name, said, make] of MUTANTS) {
  test(`a migrator that ${name} is caught`, async () => {
    await assert.rejects(
      testMigrator(migrators(make), { limitMs: name === 'never ends' ? 20 : 10_000 }),
      (error) => {
        assert.ok(error instanceof AggregateError);
        assert.match(error.message, /^\d+ of \d+ checks failed:\n/);
        assert.match(error.message, said);
        assert.ok(error.errors.length > 0);
        return true;
      },
    );
  });
}

test('one that starts copies and mixes up their ends is caught', async () => {
  const make = (): Migrator => {
    const cpu = new CpuMigrator();
    let last: CopyList;
    return {
      name: 'mutant',
      offloadCopy: (list, port) => cpu.offloadCopy(list, port),
      startCopy: (list, port) => {
        last = list;
        return { finish: () => cpu.offloadCopy(last, port) };
      },
    };
  };
  await assert.rejects(testMigrator(make), /1 of \d+ checks failed:\n {2}copies several batches/);
});

test('declining is allowed, and reported', async () => {
  const report = await testMigrator(migrators(() => () => -ERRNO.EOPNOTSUPP));
  assert.equal(report.passed, 0);
  assert.equal(report.declined, report.checks.length);
});

test('declining what it has no use for is allowed', async () => {
  const report = await testMigrator(
    migrators(() => (list, port) => (list.length < 4 ? -ERRNO.EOPNOTSUPP : all(list, port))),
  );
  assert.ok(report.passed > 0);
  assert.ok(report.declined > 0);
  assert.equal(report.passed + report.declined, report.checks.length);
});

test('saying -EOPNOTSUPP with a false mark is no declining', async () => {
  const mutant = migrators(() => (list) => {
    list.copied[0] = 1;
    return -ERRNO.EOPNOTSUPP;
  });
  await assert.rejects(testMigrator(mutant), /has other content/);
});
