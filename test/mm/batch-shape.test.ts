import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batch, NO_FRAME } from '../../src/mm/pipeline/batch.js';
import { FOLIO_ISOLATED, FOLIO_MOVED, FOLIO_UNMAPPED } from '../../src/mm/pipeline/folio-state.js';
import { migratePagesInSteps } from '../../src/mm/pipeline/migrate-pages.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import type { Folio } from '../machine/hand-migration.js';
import { FIRST, folioList, machineWith, requestOn, row } from './scenario.js';

/** A batch of all of `folios`. */
function filled(folios: readonly Folio[]): Batch {
  const batch = new Batch(1, Math.max(1, folios.length));
  assert.equal(batch.refill(folioList(folios), 0, 4096), folios.length);
  return batch;
}

/** Gives every folio neighbouring frames on both sides, as a machine that has taken a run out as one. */
function takeOut(batch: Batch): void {
  let offset = 0;
  for (let i = 0; i < batch.length; i++) {
    batch.src[i] = 1000 + offset;
    batch.dst[i] = 9000 + offset;
    batch.state[i] = FOLIO_UNMAPPED;
    offset += 1 << batch.order[i]!;
  }
}

/** A batch that was unmapped as one. */
function whole(folios: readonly Folio[] = row(4)): Batch {
  const batch = filled(folios);
  takeOut(batch);
  batch.unmappedWhole();
  return batch;
}

/** A whole batch of which every folio but those from `stays` on is MOVED, and which the machine has tried to map as one. */
function mapped(batch: Batch, stays = batch.length, state = FOLIO_UNMAPPED): Batch {
  batch.state.fill(FOLIO_MOVED, 0, stays);
  batch.state.fill(state, stays, batch.length);
  batch.mappedWhole();
  return batch;
}

const shapes: readonly (readonly [what: string, folios: readonly Folio[], shape: string])[] = [
  ['neighbours of one size', row(4), 'run'],
  ['large neighbours of one size', row(4, 4), 'run'],
  ['one folio', row(1), 'run'],
  ['a gap', [...row(2), ...row(2, 0, FIRST + 3)], 'folios'],
  ['two sizes', [...row(16), [FIRST + 16, 4]], 'folios'],
  ['descending neighbours', [...row(4)].reverse(), 'folios'],
  ['folios of 2 MiB', row(2, 9), 'folios'],
  ['one folio of 2 MiB', row(1, 9), 'folios'],
];

for (const [what, folios, shape] of shapes) {
  test(`refill gives ${what} the shape '${shape}'`, () => {
    const batch = filled(folios);
    assert.equal(batch.shape, shape);
    assert.equal(batch.arrived, false);
  });
}

for (const at of [0, 1, 3]) {
  test(`a batch is not a run if folio ${at} of 4 lies in a gap`, () => {
    const list = folioList(row(4));
    list.inGap[at] = 1;
    const batch = new Batch(1, 4);
    batch.refill(list, 0, 4);
    assert.equal(batch.shape, 'folios');
  });
}

test('a run that is unmapped as one is whole, and has arrived once all of it is moved', () => {
  const batch = whole();
  assert.equal(batch.shape, 'whole');
  assert.equal(batch.arrived, false);
  mapped(batch);
  assert.equal(batch.shape, 'whole');
  assert.equal(batch.arrived, true);
});

for (const state of [FOLIO_UNMAPPED, FOLIO_ISOLATED]) {
  test(`a whole batch of which a folio is in state ${state} after map falls to folios`, () => {
    const batch = mapped(whole(), 3, state);
    assert.equal(batch.shape, 'folios');
    assert.equal(batch.arrived, false);
  });
}

test('only a run becomes whole: folios do not, nor a batch that is whole already, nor one that was degraded', () => {
  const scattered = filled([...row(2), ...row(2, 0, FIRST + 3)]);
  takeOut(scattered);
  assert.throws(() => scattered.unmappedWhole(), /\(folios, 4 folios\): cannot be unmapped whole/);
  const batch = whole();
  assert.throws(() => batch.unmappedWhole(), /\(whole, 4 folios\): cannot be unmapped whole/);
  const degraded = filled(row(4));
  degraded.degrade();
  takeOut(degraded);
  assert.throws(() => degraded.unmappedWhole(), /\(folios, 4 folios\)/);
  assert.equal(degraded.shape, 'folios');
});

test('a run is not whole while a folio of it is still mapped', () => {
  const batch = filled(row(4));
  takeOut(batch);
  batch.state[2] = FOLIO_ISOLATED;
  assert.throws(() => batch.unmappedWhole(), /a folio still mapped/);
  assert.equal(batch.shape, 'run');
});

for (const side of ['src', 'dst'] as const) {
  for (const [what, frame] of [
    ['missing', NO_FRAME],
    ['elsewhere', 77],
  ] as const) {
    for (const at of [0, 3]) {
      test(`a run is not whole if '${side}' of folio ${at} is ${what}`, () => {
        const batch = filled(row(4, 4));
        takeOut(batch);
        batch[side][at] = frame;
        assert.throws(() => batch.unmappedWhole(), /frames that are not one run/);
        assert.equal(batch.shape, 'run');
      });
    }
  }
}

test('only a whole batch is mapped as one, and only once', () => {
  assert.throws(() => filled(row(4)).mappedWhole(), /\(run, 4 folios\): cannot be mapped whole/);
  assert.throws(() => filled(row(2, 9)).mappedWhole(), /\(folios, 2 folios\): cannot be mapped whole/);
  const batch = mapped(whole());
  assert.throws(() => batch.mappedWhole(), /\(whole, arrived, 4 folios\): cannot be mapped whole/);
});

test('every shape falls to folios, and what has arrived does not fall', () => {
  for (const batch of [whole(), filled(row(4)), filled(row(2, 9))]) {
    batch.degrade();
    assert.equal(batch.shape, 'folios');
    batch.degrade();
    assert.equal(batch.shape, 'folios');
  }
  const batch = mapped(whole());
  assert.throws(() => batch.degrade(), /cannot be degraded/);
  assert.equal(batch.arrived, true);
});

test('a batch that is refilled has forgotten its shape, and that it has arrived', () => {
  const batch = mapped(whole());
  batch.refill(folioList(row(4)), 0, 4);
  assert.equal(batch.shape, 'run');
  assert.equal(batch.arrived, false);
  batch.degrade();
  batch.refill(folioList(row(4)), 0, 4);
  assert.equal(batch.shape, 'run');
});

test('pieces have the shape of their batch, and from then on one of their own', () => {
  const batch = filled(row(4));
  const [first, second] = [batch.piece(0, 3), batch.piece(3, 4)];
  assert.deepEqual([first.shape, first.pages, second.shape, second.pages], ['run', 3, 'run', 1]);
  first.degrade();
  assert.deepEqual([batch.shape, second.shape], ['run', 'run']);
  batch.degrade();
  assert.deepEqual([batch.piece(0, 2).shape, second.shape], ['folios', 'run']);
});

test('a batch that was unmapped as one is not cut into pieces', () => {
  assert.throws(() => whole().piece(0, 2), /cannot be cut/);
});

test('a batch has arrived if each of its pieces has', () => {
  const batch = filled(row(4));
  const pieces = [batch.piece(0, 3), batch.piece(3, 4)];
  takeOut(batch);
  for (const piece of pieces) {
    piece.unmappedWhole();
    mapped(piece);
  }
  batch.cutOver(pieces);
  assert.equal(batch.arrived, true);
  assert.throws(() => batch.degrade(), /cannot be degraded/);
});

test('a batch of which a piece has not arrived falls to folios', () => {
  const batch = filled(row(4));
  const pieces = [batch.piece(0, 2), batch.piece(2, 4)];
  takeOut(batch);
  for (const piece of pieces) piece.unmappedWhole();
  mapped(pieces[0]!);
  mapped(pieces[1]!, 1);
  batch.cutOver(pieces);
  assert.deepEqual([batch.shape, batch.arrived], ['folios', false]);
});

test('a batch is cut over by all of its own pieces and by no others', () => {
  const batch = filled(row(4));
  const [first, second] = [batch.piece(0, 2), batch.piece(2, 4)];
  assert.throws(() => batch.cutOver([first]), /cannot be cut over in part/);
  assert.throws(() => batch.cutOver([first, filled(row(4)).piece(2, 4)]), /a piece of another batch/);
  assert.throws(() => batch.cutOver([batch]), /a piece of another batch/);
  takeOut(batch);
  for (const piece of [first, second]) {
    piece.unmappedWhole();
    mapped(piece);
  }
  batch.degrade();
  assert.throws(() => batch.cutOver([first, second]), /\(folios, 4 folios\): cannot be cut over as a run/);
});

test('a piece is renewed when its batch is a run again, and only then', () => {
  const batch = filled(row(4));
  const piece = batch.piece(0, 4);
  takeOut(batch);
  piece.unmappedWhole();
  mapped(piece);
  batch.degrade();
  assert.throws(() => piece.renewPiece(), /cannot be renewed as a piece/);
  assert.equal(piece.arrived, true);
  batch.refill(folioList(row(4)), 0, 4);
  piece.renewPiece();
  assert.deepEqual([piece.shape, piece.arrived], ['run', false]);
  piece.degrade();
  piece.renewPiece();
  assert.equal(piece.shape, 'run');
  assert.throws(() => batch.renewPiece(), /cannot be renewed as a piece/);
});

test('a write-protected migration is refused before anything is isolated if the machine cannot write-protect', () => {
  const fake = machineWith();
  const machine = Object.create(fake, { writeProtection: { value: undefined } }) as typeof fake;
  const writeProtected = { piecePages: () => 4, compare: () => false };
  const request = requestOn(fake, new MigratorRegistry(), { machine, writeProtected });
  const steps = migratePagesInSteps(request, folioList(row(4)));
  assert.throws(() => steps.next(), /writeProtected: the machine cannot write-protect memory/);
  assert.equal(fake.attempts('isolate', FIRST), 0);
});
