import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MigrateRequest, migratePagesInSteps } from '../../src/mm/pipeline/migrate-pages.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import type { FakeMachine } from '../machine/fake-machine.js';
import { checkFolios, FIRST, folioList, machineWith, requestOn, row, SOURCE, TARGET } from './scenario.js';

function request(fake: FakeMachine): MigrateRequest {
  return requestOn(fake, new MigratorRegistry());
}

test('between two batches nothing is unmapped or isolated', () => {
  const fake = machineWith();
  let batches = 0;
  for (const _ of migratePagesInSteps(request(fake), folioList(row(16)))) {
    batches++;
    fake.audit();
    checkFolios(fake, row(batches * 4), TARGET);
    checkFolios(fake, row(16 - batches * 4, 0, FIRST + batches * 4), SOURCE);
  }
  assert.equal(batches, 4);
});

test('a caller may stop between two batches', () => {
  const fake = machineWith();
  const steps = migratePagesInSteps(request(fake), folioList(row(16)));
  steps.next();
  steps.return(0);
  fake.audit();
  checkFolios(fake, row(4), TARGET);
  checkFolios(fake, row(12, 0, FIRST + 4), SOURCE);
});

test('a caller may do something else in between, such as another migration', () => {
  const fake = machineWith();
  const one = migratePagesInSteps(request(fake), folioList(row(8)));
  const other = migratePagesInSteps(request(fake), folioList(row(8, 0, FIRST + 8)));
  while (!one.next().done || !other.next().done) fake.audit();
  fake.audit();
  checkFolios(fake, row(16), TARGET);
});
