import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAsciiLocale, jsonText, toAscii } from '../../src/cli/ui/ascii.js';
import { fitTerminal, isNarrow, textWidth } from '../../src/cli/ui/wrap.js';

test('the first of LC_ALL, LC_CTYPE and LANG that is set says which characters there are', () => {
  const cases: readonly [NodeJS.ProcessEnv, boolean][] = [
    [{}, false],
    [{ LC_ALL: 'C' }, true],
    [{ LC_ALL: 'POSIX', LANG: 'de_DE.UTF-8' }, true],
    [{ LC_ALL: '', LC_CTYPE: 'C', LANG: 'C.UTF-8' }, true],
    [{ LC_ALL: 'C.UTF-8', LANG: 'C' }, false],
    [{ LANG: 'en_US.utf8' }, false],
    [{ LANG: 'de_DE.ISO-8859-1' }, true],
    [{ LANG: 'de_DE@euro' }, true],
  ];
  for (const [env, ascii] of cases) assert.equal(isAsciiLocale(env), ascii, JSON.stringify(env));
});

test('what pageferry prints has a form in ASCII, and anything else is a question mark', () => {
  assert.equal(toAscii('42.7 µs, × 2, 1–3 …'), '42.7 us, x 2, 1-3 ...');
  assert.equal(toAscii('größe 🚢'), 'gr??e ?');
  assert.equal(toAscii('plain\t\u001b[1m\n'), 'plain\t\u001b[1m\n');
});

test('JSON is escaped in an ASCII locale, and says the same', () => {
  const env = process.env as { LC_ALL?: string };
  const before = env.LC_ALL;
  env.LC_ALL = 'C';
  try {
    const value = { text: '× µs 🚢' };
    const text = jsonText(value);
    assert.equal(text, '{\n  "text": "\\u00d7 \\u00b5s \\ud83d\\udea2"\n}');
    assert.deepEqual(JSON.parse(text), value);
  } finally {
    if (before === undefined) delete env.LC_ALL;
    else env.LC_ALL = before;
  }
});

test('text is as wide as a narrow terminal, and 80 columns otherwise', () => {
  assert.equal(textWidth({}), 80);
  assert.equal(textWidth({ isTTY: false, columns: 40 }), 80);
  assert.equal(textWidth({ isTTY: true, columns: 60 }), 60);
  assert.equal(textWidth({ isTTY: true, columns: 200 }), 80);
  assert.equal(textWidth({ isTTY: true, columns: 0 }), 80);
  assert.equal(textWidth({ isTTY: true, columns: 3 }), 30);
  assert.deepEqual([isNarrow({}), isNarrow({ isTTY: true, columns: 79 })], [false, true]);
});

test('a line that is too long for a narrow terminal is broken, a number stays with its unit', () => {
  const screen = { isTTY: true, columns: 40 };
  const text = [
    'reader waits   exclusive       p50 0.1 µs, p99.99 120.3 µs, longest 1.2 ms',
    '  an indented line of more than the 40 columns that there are',
    '| a | row of a table in Markdown that is wider than that |',
    'Replay: pageferry explore --scenario swap --seed 1 --replay 3:1,5:1',
    '\u001b[32mcoloured\u001b[39m \u001b[32mtext of few columns\u001b[39m',
  ];
  assert.deepEqual(fitTerminal(text.join('\n'), screen).split('\n'), [
    'reader waits   exclusive       p50',
    '  0.1 µs, p99.99 120.3 µs, longest',
    '  1.2 ms',
    '  an indented line of more than the 40',
    '    columns that there are',
    ...text.slice(2),
  ]);
  assert.equal(fitTerminal(text.join('\n'), { isTTY: false, columns: 40 }), text.join('\n'));
});
