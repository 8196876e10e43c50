import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ERRNO } from '../src/common/errno.js';
import { openFerry } from '../src/index.js';
import { FerryMetrics, type MeasuredFerry } from '../src/metrics/ferry-metrics.js';
import { MIGRATE_STATS } from '../src/mm/stats.js';
import { RACES } from '../src/sim/explore/races/races.js';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** What stands as code in the first cells of the tables of a section. */
function rows(text: string, heading: string): string[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(heading));
  assert.ok(section !== undefined, `no section ${heading}`);
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!);
}

test('docs/explore.md has a row for each race, in the words of explore --list', () => {
  const found = [
    ...read('docs/explore.md').matchAll(
      /^\| (?!mistake)([^|]+) \|(?:[^|]*\|)? `([^`]+)` \| `([^`]+)` \| \d+ \|$/gm,
    ),
  ];
  assert.deepEqual(
    found.map(([, mistake, name, scenario]) => ({ name, mistake, scenario })),
    RACES.map(({ name, mistake, scenario }) => ({ name, mistake, scenario })),
  );
});

const counters = read('docs/counters.md');

test('docs/counters.md has a row for each counter of ferry.stats(), and no other', () => {
  assert.deepEqual(rows(counters, 'Counters of').sort(), [...MIGRATE_STATS].sort());
});

test('docs/counters.md has a row for each metric, and no other', async () => {
  const stats = Object.fromEntries(MIGRATE_STATS.map((name) => [name, 0]));
  const reader = {
    head: 0,
    capacity: 1,
    read: () => ({ events: [], next: 0, lost: 0, skipped: 0 }),
    close() {},
  };
  const ferry = {
    activeMigrator: undefined,
    events: () => reader,
    nodes: [],
    parameters: { list: () => [] },
    stats: () => stats,
  } as unknown as MeasuredFerry;
  const metrics = new FerryMetrics(ferry);
  const text = await metrics.text();
  metrics.close();
  const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!);
  assert.ok(names.length > 30, names.join());
  assert.deepEqual(rows(counters, 'Metrics of').sort(), names.sort());
});

test('docs/api.md has a row for each option of openFerry, a node, adopt and migrate, and no other', () => {
  const text = read('docs/api.md');
  const cases = [
    ['`openFerry', 'src/ferry/options.ts', 'FerryOptions'],
    ['Nodes', 'src/ferry/options.ts', 'NodeOption'],
    ['Regions', 'src/ferry/ferry.ts', 'AdoptOptions'],
    ['`region.migrate', 'src/ferry/migrate-options.ts', 'MigrateOptions'],
  ] as const;
  for (const [heading, file, name] of cases) {
    const body = new RegExp(`^export interface ${name} \\{$([\\s\\S]*?)^\\}$`, 'm').exec(read(file))![1]!;
    const fields = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field!);
    assert.ok(fields.length >= 3, fields.join());
    const section = text.split(/^###? /m).find((part) => part.startsWith(heading))!;
    const named = [...section.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)].flatMap(([, names]) =>
      names!.replaceAll('`', '').split(', '),
    );
    assert.deepEqual(named.sort(), fields.sort(), name);
  }
});

test('docs/parameters.md has each parameter under its folder, with its default', async () => {
  const ferry = await openFerry();
  const parameters = ferry.parameters.list();
  await ferry.close();
  const text = read('docs/parameters.md');
  const documented = text.split(/^### /m).flatMap((section) => {
    const folder = /^`(module\/[a-z]+\/parameters\/)`$/m.exec(section)?.[1];
    if (folder === undefined) return [];
    return [...section.matchAll(/^\| `([a-z_]+)` \| [^|]+ \| ([^|]+) \|/gm)].map(([, name, value]) => ({
      path: `${folder}${name}`,
      value: value!.replaceAll('`', ''),
    }));
  });
  assert.deepEqual(documented.map(({ path }) => path).sort(), parameters.map(({ path }) => path).sort());
  for (const { path, value } of documented) {
    const known = parameters.find((parameter) => parameter.path === path)!.value;
    // As many threads as this host has CPUs.
    if (!path.endsWith('/threads')) assert.equal(value, known, path);
  }
});

test('docs/errors.md has an entry for each code, and no other', () => {
  const text = read('docs/errors.md');
  const section = text.slice(text.indexOf('## Codes that are thrown'), text.indexOf('## Codes of single'));
  const entries = [...section.matchAll(/\*\*`(E[A-Z0-9]+)`\*\*/g)].map(([, name]) => name!);
  assert.deepEqual(entries.sort(), Object.keys(ERRNO).sort());
});

test('docs/errors.md has a row for each process warning of the code', () => {
  const text = read('docs/errors.md');
  const codes = new Set(
    files('src/', '.ts').flatMap((path) =>
      [...read(path).matchAll(/'(PAGEFERRY_[A-Z_]+|PageferryWarning)'/g)].map(([, code]) => code!),
    ),
  );
  // Environment variables.
  for (const code of codes) if (/^PAGEFERRY_(SOCKET|QUEUE_PASSWORD|AUTO_.*)$/.test(code)) codes.delete(code);
  assert.ok(codes.size >= 4, [...codes].join());
  for (const code of codes) assert.ok(text.includes(`| \`${code}\` |`), code);
});

test('docs/audit.md has each invariant that an error can name', () => {
  const text = read('docs/audit.md');
  const paths = files('src/', '.ts').filter((path) => /audit|machine-books|counter-equations/.test(path));
  const found = paths.flatMap((path) =>
    [...read(path).matchAll(/invariant: (?:'([^']+)'|"([^"]+)")/g)].map(([, one, other]) => one ?? other!),
  );
  assert.ok(found.length >= 9, found.join());
  for (const invariant of found) assert.ok(text.includes(invariant), invariant);
});

test('each condition of docs/reliability.md names a test, or the section that has it', () => {
  const text = read('docs/reliability.md').replace(
    /^## Who may pin$[\s\S]*?^## Unreadable/m,
    '## Unreadable',
  );
  const conditions = text.slice(0, text.indexOf('## What is left to you'));
  const entries = conditions.split(/^(?=- \*\*)/m).slice(1);
  assert.ok(entries.length > 80, `${entries.length} entries`);
  for (const entry of entries) {
    const item = entry.split(/\n\n/)[0]!.replaceAll(/\s+/g, ' ');
    const names = /Tests?: (.*)$/.exec(item)?.[1];
    if (names === undefined) {
      assert.match(item, /See \[[^\]]+\]\(#/, item);
      continue;
    }
    const files = [...names.matchAll(/`([a-z]+(?:\/[a-z-]+)+)`/g)].map(([, name]) => name!);
    assert.ok(files.length > 0, item);
    for (const name of files) {
      const places = [`test/${name}.test.ts`, `test/${name}.long.ts`, `test/${name}.ts`];
      assert.ok(
        places.some((place) => existsSync(new URL(place, root))),
        `${item} names ${name}`,
      );
    }
  }
});

test('every heading that a link points to is there', () => {
  for (const path of ['README.md', ...files('docs/', '.md')]) {
    for (const [, target, anchor] of read(path).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)) {
      const file =
        target === '' ? path : new URL(target!, new URL(path, root)).pathname.slice(root.pathname.length);
      assert.ok(anchorsOf(file).has(anchor!), `${path} points to ${file}#${anchor}`);
    }
  }
});

/** As GitHub makes them: lower case, without punctuation, blanks as hyphens. */
function anchorsOf(path: string): Set<string> {
  const headings = [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function files(folder: string, ending: string): string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}${name.replaceAll('\\', '/')}`)
    .sort();
}
