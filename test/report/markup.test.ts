import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { element, escapeText, textElement } from '../../src/report/markup.js';

test('no text can end its element or its attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'<>&"\'/=a ') }), (text) => {
      const escaped = escapeText(text);
      assert.doesNotMatch(escaped, /[<>"']/);
      assert.doesNotMatch(escaped.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, ''), /&/);
    }),
  );
});

test('text and attributes are escaped, children are markup', () => {
  assert.equal(
    element('p', { title: '"><script>' }, [textElement('b', '<i>&')]),
    '<p title="&quot;&gt;&lt;script&gt;"><b>&lt;i&gt;&amp;</b></p>',
  );
});

test('numbers of attributes are written in hundredths', () => {
  assert.equal(element('g', { x: 1 / 3, y: 2 }), '<g x="0.33" y="2"></g>');
});
