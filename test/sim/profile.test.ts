import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { OPTIONAL_FIGURES, PROFILE_FIGURES, readProfile } from '../../src/sim/profile/read-profile.js';
import { zen3Json } from './profiles.js';

type Known = 'schema' | 'name' | 'cpu' | 'dma' | 'gpu' | 'fooNs' | 'value' | 'unit' | 'source';
type Json = { [name in Known]?: unknown } & { [name: string]: unknown };

/** Reads the profile after a change; returns the path that it was refused for. */
function refusedFor(change: (json: Json) => void): string | undefined {
  const json = zen3Json();
  change(json);
  try {
    readProfile(json);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof MigrationError && error.code === 'EINVAL', String(error));
    return error.argument;
  }
}

function figure(json: Json, group: string, name: string): Json {
  return (json[group] as Json)[name] as Json;
}

test('the profile that comes with it has every figure, with unit and source, and 14 that are fitted', () => {
  const json = zen3Json();
  const profile = readProfile(json);
  let fitted = 0;
  for (const [group, figures] of Object.entries({
    ...PROFILE_FIGURES,
    topology: OPTIONAL_FIGURES.topology,
  })) {
    for (const name of Object.keys(figures)) {
      const { value, source } = figure(json, group, name);
      assert.equal((profile as unknown as Record<string, Record<string, number>>)[group]![name], value);
      if (/^fitted/.test(source as string)) fitted++;
    }
  }
  assert.equal(fitted, 14);
});

test('every figure that is missing, negative or no number is refused by its path', () => {
  for (const [group, figures] of Object.entries(PROFILE_FIGURES)) {
    for (const name of Object.keys(figures)) {
      const path = `${group}.${name}`;
      assert.equal(
        refusedFor((json) => delete (json[group] as Json)[name]),
        path,
      );
      for (const value of [-1, Number.NaN, '3', null, undefined, {}, Number.POSITIVE_INFINITY, 1e300]) {
        const argument = refusedFor((json) => {
          figure(json, group, name).value = value;
        });
        assert.equal(argument, `${path}.value`, `${value}`);
      }
      assert.equal(
        refusedFor((json) => {
          figure(json, group, name).unit = 'furlongs';
        }),
        `${path}.unit`,
      );
      assert.equal(
        refusedFor((json) => delete figure(json, group, name).source),
        `${path}.source`,
      );
    }
  }
});

test('what is no profile at all is refused, too', () => {
  for (const value of [undefined, null, 3, 'x', [], () => undefined]) {
    assert.throws(() => readProfile(value), MigrationError);
  }
  assert.equal(
    refusedFor((json) => delete json.schema),
    'schema',
  );
  assert.equal(
    refusedFor((json) => delete json.name),
    'name',
  );
  assert.equal(
    refusedFor((json) => delete json.dma),
    'dma',
  );
  assert.equal(
    refusedFor((json) => {
      json.gpu = {};
    }),
    'gpu',
  );
  assert.equal(
    refusedFor((json) => {
      (json.cpu as Json).fooNs = {};
    }),
    'cpu.fooNs',
  );
});
