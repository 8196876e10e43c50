import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Chart } from '../../src/report/chart.js';
import { pageOf } from '../../src/report/page.js';
import type { Origin, Sheet } from '../../src/report/sheet.js';
import { elementsOf } from './elements.js';

const ORIGIN: Origin = {
  commandLine: 'pageferry bench move',
  date: '2026-01-31 12:00 UTC',
  facts: [['kernel', 'Linux 6.18']],
};

function chart(text: string, categories: readonly string[]): Chart {
  return {
    title: text,
    unit: text,
    axis: text,
    categories,
    series: [
      {
        name: text,
        values: categories.map((_, i) => i + 1),
        spreads: categories.map((_, i) => [i + 0.5, i + 2]),
      },
      { name: text, values: categories.map((_, i) => i + 3), elsewhere: 'RFC' },
    ],
    limit: { name: `${text} limit`, values: categories.map(() => 4) },
  };
}

function sheet(text: string): Sheet {
  return {
    title: text,
    summary: text,
    charts: [chart(text, ['4K', '64K', '2M']), chart(text, [text])],
    tables: [{ caption: text, columns: [{ title: text, align: 'right' }], rows: [[text]] }],
    notes: [text],
  };
}

const PAGE = pageOf(sheet('Throughput'), ORIGIN);

test('a page needs no other file, no network and no script', () => {
  assert.doesNotMatch(PAGE, /https?:|\bsrc=|\bhref=|@import|url\(|<script|<link|<iframe/i);
  assert.match(PAGE, /Content-Security-Policy" content="default-src &#39;none&#39;/);
});

test('light, dark, narrow and printed are each provided for', () => {
  assert.match(PAGE, /<meta name="viewport" content="width=device-width/);
  assert.match(PAGE, /prefers-color-scheme:dark/);
  assert.match(PAGE, /@media print/);
  assert.match(PAGE, /max-width:30rem/);
});

test('three categories are lines, one is bars; both have the limit and spreads', () => {
  const elements = elementsOf(PAGE);
  const classes = elements.map(({ attributes }) => attributes.get('class') ?? '');
  const count = (name: string) => classes.filter((each) => each === name).length;
  // Two drawings with a limit and with spreads, and each has a legend of both.
  assert.equal(count('limit'), 4);
  assert.equal(count('spread'), 3 + 1 + 2);
  // One each of this machine and of another, and their legends.
  assert.equal(count('line'), 2 + 2);
  assert.equal(count('bar'), 2 + 2);
});

test('what has no order is bars, however many there are: nothing leads from one to the next', () => {
  const nominal = { ...chart('x', ['a', 'b', 'c', 'd']), nominal: true };
  const names = elementsOf(pageOf({ ...sheet('x'), charts: [nominal] }, ORIGIN)).map(({ attributes }) =>
    attributes.get('class'),
  );
  assert.ok(names.includes('bar'));
  assert.ok(!names.includes('line'));
});

test('a limit is drawn last, so that no bar hides it', () => {
  const classes = elementsOf(pageOf({ ...sheet('x'), charts: [chart('x', ['a'])] }, ORIGIN)).map(
    ({ attributes }) => attributes.get('class'),
  );
  assert.ok(classes.indexOf('limit') > classes.indexOf('bar'));
});

test('no figure beside an axis is cut off, however large', () => {
  const large = {
    title: 'x',
    unit: 'ns',
    axis: 'y',
    categories: ['a'],
    series: [{ name: 's', values: [3e7] }],
  };
  const page = pageOf({ ...sheet('x'), charts: [large] }, ORIGIN);
  const ticks = [...page.matchAll(/<text x="([\d.]+)" y="[\d.]+" text-anchor="end">([^<]*)/g)];
  assert.ok(ticks.length > 2);
  // A character of the text on a phone, 15 units high, is 9 wide at most.
  for (const [, x, text] of ticks) assert.ok(Number(x) >= 9 * text!.length, `${text} at ${x}`);
});

test('what is of another machine is a figure of its own, on the same scale, and says so', () => {
  const captions = [...PAGE.matchAll(/<figcaption>([^<]*)/g)].map(([, text]) => text);
  assert.deepEqual(captions.slice(0, 2), ['Throughput', 'Throughput: published, another machine']);
  const ticks = PAGE.split('<figure>')
    .slice(1, 3)
    .map((figure) => [...figure.matchAll(/text-anchor="end">([^<]*)/g)].map(([, text]) => text));
  assert.deepEqual(ticks[0], ticks[1]);
});

test('drawings have names, and wide tables can be scrolled by keyboard', () => {
  const elements = elementsOf(PAGE);
  const drawings = elements.filter(
    ({ name, attributes }) => name === 'svg' && attributes.get('role') === 'img',
  );
  assert.equal(drawings.length, 4);
  for (const { attributes } of drawings) assert.ok(attributes.get('aria-label')!.length > 10);
  const told = [...PAGE.matchAll(/<desc>([^<]*)/g)].map(([, text]) => text);
  assert.equal(told.length, 4);
  assert.equal(
    told[0],
    'Throughput: 4K 1.00, 64K 2.00, 2M 3.00 Throughput; Throughput limit: 4K 4.00, 64K 4.00, 2M 4.00 Throughput',
  );
  const scrolls = elements.filter(({ attributes }) => attributes.get('class') === 'scroll');
  assert.deepEqual(
    scrolls.map(({ attributes }) => [attributes.get('tabindex'), attributes.get('role')]),
    [['0', 'region']],
  );
});

test('each row of a table has a name, and each column', () => {
  const elements = elementsOf(PAGE);
  const scopes = elements
    .filter(({ name }) => name === 'th')
    .map(({ attributes }) => attributes.get('scope'));
  assert.deepEqual(scopes, ['col', 'row']);
});

test('whatever stands in a report stays text', () => {
  const hostile = fc.stringMatching(/^[<>&"'/= a-z!-]{1,40}$/);
  // Of a command line each word is one element more.
  const shape = (page: string) => elementsOf(page).flatMap(({ name }) => (name === 'span' ? [] : [name]));
  const plain = shape(pageOf(sheet('x'), ORIGIN));
  fc.assert(
    fc.property(
      fc.oneof(hostile, fc.constantFrom('</style><script>alert(1)</script>', '"><img src=x onerror=y>')),
      (text) => {
        const page = pageOf(sheet(text), { ...ORIGIN, commandLine: text, facts: [[text, text]] });
        assert.deepEqual(shape(page), plain);
      },
    ),
  );
});
