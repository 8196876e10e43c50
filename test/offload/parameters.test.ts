import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { invalidArgument, MigrationError } from '../../src/common/migration-error.js';
import { ParameterTree } from '../../src/parameters/parameter-tree.js';

/** Two values that take anything but `bad`, and one to read. */
function someTree() {
  const values = { a: '1', b: '2' };
  const tree = new ParameterTree();
  for (const name of ['b', 'a'] as const) {
    tree.define(`module/m/parameters/${name}`, {
      description: `the ${name}`,
      show: () => values[name],
      store: (text) => {
        if (text === 'bad') throw invalidArgument('test', name, 'must not be bad');
        values[name] = text;
      },
    });
  }
  tree.define('module/n/sum', { description: 'to read', show: () => values.a + values.b });
  return { tree, values };
}

function fails(code: string, named: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof MigrationError);
    assert.equal(error.code, code);
    assert.match(error.message, named);
    return true;
  };
}

test('a value is read with or without a slash before its path', () => {
  const { tree } = someTree();
  assert.equal(tree.get('module/m/parameters/a'), '1');
  assert.equal(tree.get('/module/m/parameters/a'), '1');
});

test('any other spelling of a path is unknown, and the error says what there is', async () => {
  const { tree } = someTree();
  const a = 'module/m/parameters/a';
  for (const path of [
    '',
    '/',
    `//${a}`,
    `${a}/`,
    ` ${a}`,
    a.toUpperCase(),
    'a',
    'module/m/parameters',
    `./${a}`,
  ]) {
    assert.throws(() => tree.get(path), fails('ENOENT', /Known: /), path);
    await assert.rejects(tree.set(path, '1'), fails('ENOENT', /Known: /), path);
  }
  assert.throws(
    () => tree.get('module/m/parameters/x'),
    fails('ENOENT', /parameters\/a, module\/m\/parameters\/b/),
  );
  for (const path of ['constructor', '__proto__', 'toString'])
    assert.throws(() => tree.get(path), { code: 'ENOENT' });
});

test('what is no path at all is refused as such', async () => {
  const { tree } = someTree();
  for (const path of [undefined, null, 5, {}] as unknown as string[]) {
    assert.throws(() => tree.get(path), fails('EINVAL', /path: must be a string/));
    await assert.rejects(tree.set(path, '1'), fails('EINVAL', /path/));
    assert.throws(() => tree.watch(path, () => undefined), fails('EINVAL', /path/));
  }
});

test('strings, integers and booleans can be written', async () => {
  const { tree, values } = someTree();
  const written = [];
  for (const value of ['x\n', '', 12, -1, -0, true, false]) {
    await tree.set('module/m/parameters/a', value);
    written.push(values.a);
  }
  assert.deepEqual(written, ['x\n', '', '12', '-1', '0', 'y', 'n']);
});

test('other values are refused, and the old one stays', async () => {
  const { tree, values } = someTree();
  const wrong = [
    'bad',
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 60,
    null,
    undefined,
    {},
    [],
    1n,
    Symbol('s'),
  ];
  for (const value of wrong as string[]) {
    await assert.rejects(tree.set('module/m/parameters/a', value), { code: 'EINVAL' });
  }
  assert.equal(values.a, '1');
});

test('a read-only parameter cannot be written', async () => {
  const { tree } = someTree();
  await assert.rejects(tree.set('/module/n/sum', '3'), fails('EACCES', /module\/n\/sum is read-only/));
});

test('the list is sorted, and says what can be written', () => {
  const { tree } = someTree();
  assert.deepEqual(tree.list(), [
    { path: 'module/m/parameters/a', value: '1', writable: true, description: 'the a' },
    { path: 'module/m/parameters/b', value: '2', writable: true, description: 'the b' },
    { path: 'module/n/sum', value: '12', writable: false, description: 'to read' },
  ]);
});

test('a path is defined once, and is names between slashes', () => {
  const { tree } = someTree();
  const definition = { description: '', show: () => '' };
  assert.throws(() => tree.define('module/n/sum', definition), { code: 'EEXIST' });
  for (const path of ['', '/a', 'a/', 'a//b', 'a b', 'Ä']) {
    assert.throws(() => tree.define(path, definition), { code: 'EINVAL' }, path);
  }
});

test('sets wait for each other, in the order of the calls, and one that fails holds up none', async () => {
  const tree = new ParameterTree();
  const log: string[] = [];
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  tree.define('slow', {
    description: '',
    show: () => '',
    store: async (text) => {
      log.push(`begin ${text}`);
      if (text === 'first') await gate;
      log.push(`end ${text}`);
      if (text === 'second') throw new Error('no');
    },
  });
  const sets = ['first', 'second', 'third'].map((text) => tree.set('slow', text));
  const all = Promise.allSettled(sets);
  await new Promise(setImmediate);
  assert.deepEqual(log, ['begin first']);
  release();
  assert.deepEqual(
    (await all).map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(log, [
    'begin first',
    'end first',
    'begin second',
    'end second',
    'begin third',
    'end third',
  ]);
});

test('a watcher hears of each set before the set resolves, and of nothing that stays the same', async () => {
  const { tree } = someTree();
  const heard: string[] = [];
  const stop = tree.watch('/module/m/parameters/a', (path, value) => heard.push(`${path}=${value}`));
  await tree.set('module/m/parameters/a', '5');
  await tree.set('module/m/parameters/a', '5');
  await tree.set('module/m/parameters/b', '6');
  await assert.rejects(tree.set('module/m/parameters/a', 'bad'));
  assert.deepEqual(heard, ['module/m/parameters/a=5']);
  stop();
  stop();
  await tree.set('module/m/parameters/a', '7');
  assert.equal(heard.length, 1);
});

test('a watcher of a folder hears of all in it, and what a set changes elsewhere', async () => {
  const { tree } = someTree();
  const below: string[] = [];
  const all: string[] = [];
  const stops = [
    tree.watch('module/m', (path, value) => below.push(`${path}=${value}`)),
    tree.watch('/', (path, value) => all.push(`${path}=${value}`)),
  ];
  await tree.set('module/m/parameters/b', '6');
  for (const stop of stops) stop();
  assert.deepEqual(below, ['module/m/parameters/b=6']);
  assert.deepEqual(all, ['module/m/parameters/b=6', 'module/n/sum=16']);
});

test('a folder is named whole', () => {
  const { tree } = someTree();
  for (const path of ['mod', 'module/', 'module/m/param', 'x']) {
    assert.throws(() => tree.watch(path, () => undefined), { code: 'ENOENT' }, path);
  }
  assert.throws(() => tree.watch('module', undefined as never), fails('EINVAL', /listener/));
});

test('what changes by itself is heard of as well', async () => {
  const { tree, values } = someTree();
  const heard = await new Promise<string>((resolve) => {
    // The timer of the watch keeps no process alive, so the test must.
    const awake = setInterval(() => undefined, 1000);
    const stop = tree.watch('module/m/parameters/a', (_, value) => {
      stop();
      clearInterval(awake);
      resolve(value);
    });
    values.a = 'counted';
  });
  assert.equal(heard, 'counted');
});

test('a listener that throws is warned of once, and the others still hear', async () => {
  const { tree } = someTree();
  const heard: string[] = [];
  const warned = once(process, 'warning');
  const stops = [
    tree.watch('module/m/parameters/a', () => {
      throw new Error('broken listener');
    }),
    tree.watch('module/m/parameters/a', (_, value) => heard.push(value)),
  ];
  await tree.set('module/m/parameters/a', '5');
  await tree.set('module/m/parameters/a', '6');
  for (const stop of stops) stop();
  assert.deepEqual(heard, ['5', '6']);
  assert.match(String((await warned)[0]), /broken listener/);
});

test('a listener may end watches, its own too, and begin others', async () => {
  const { tree } = someTree();
  const heard: string[] = [];
  const stopFirst = tree.watch('module', () => {
    heard.push('first');
    stopFirst();
    stopSecond();
    stopThird = tree.watch('module/m/parameters/a', (_, value) => heard.push(`third ${value}`));
  });
  const stopSecond = tree.watch('module', () => heard.push('second'));
  let stopThird = () => {};
  await tree.set('module/m/parameters/a', '5');
  await tree.set('module/m/parameters/a', '6');
  stopThird();
  assert.deepEqual(heard, ['first', 'third 6']);
});

test('a value that cannot be shown for a while disturbs no watcher', () => {
  const tree = new ParameterTree();
  let value: string | undefined = '1';
  tree.define('gone', {
    description: '',
    show: () => {
      if (value === undefined) throw new Error('gone');
      return value;
    },
  });
  const heard: string[] = [];
  const stop = tree.watch('gone', (_, shown) => heard.push(shown));
  for (const now of [undefined, '1', '2']) {
    value = now;
    tree.poll();
  }
  stop();
  assert.deepEqual(heard, ['2']);
});
