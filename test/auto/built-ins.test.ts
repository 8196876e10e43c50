import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PRELOAD, runNode, scriptOf } from './support/run-program.js';

test('a program sees the same built-ins', () => {
  const script = scriptOf('observables');
  const alone = runNode([script]);
  const preloaded = runNode(['--require', PRELOAD, script]);
  assert.equal(alone.code, 0, alone.stderr);
  assert.ok(alone.stdout.length > 10_000);
  assert.equal(preloaded.stdout, alone.stdout);
  assert.equal(preloaded.stderr, alone.stderr);
});

test('a program in CommonJS is the main module', () => {
  const code = 'console.log(require.main, module.parent, process.mainModule, new Error().stack)';
  const [alone, preloaded] = [[], ['--require', PRELOAD]].map((flags) => runNode([...flags, '-e', code]));
  assert.equal(alone!.code, 0);
  assert.equal(preloaded!.stdout, alone!.stdout);
});

test('a program that has frozen Error gets the same errors, and its memory is adopted', () => {
  const code = `
    Object.freeze(Error);
    for (const bad of [() => new SharedArrayBuffer(-1), () => SharedArrayBuffer(1), () => new WebAssembly.Memory({ initial: -1 })]) {
      try { bad(); } catch ({ name, message }) { console.log(name, message); }
    }
    const memory = new SharedArrayBuffer(2 ** 21);
    setTimeout(() => console.log(memory.byteLength), 1000);
  `;
  const alone = runNode(['-e', code]);
  const variables = { PAGEFERRY_AUTO_MIN_SIZE: '2M', PAGEFERRY_AUTO_REPORT: '-' };
  const preloaded = runNode(['--require', PRELOAD, '-e', code], variables);
  assert.match(alone.stdout, /^RangeError .*\nTypeError .*\nTypeError .*\n2097152\n$/);
  assert.equal(preloaded.stdout, alone.stdout);
  assert.match(preloaded.stderr, /adopted 1 memory/);
});

test('an error of a built-in that crashes a program has the same stack', () => {
  for (const bad of ['new SharedArrayBuffer(-1)', 'new WebAssembly.Memory({ initial: -1 })']) {
    const code = `function make() {\n  ${bad};\n}\nmake();`;
    const [alone, preloaded] = [[], ['--require', PRELOAD]].map((flags) => runNode([...flags, '-e', code]));
    assert.equal(alone!.code, 1);
    assert.equal(preloaded!.code, 1);
    // Above the error, Node prints a line of the function that has replaced the constructor.
    const shown = ({ stderr }: { stderr: string }): string =>
      stderr.slice(stderr.search(/^(Range|Type)Error/m));
    assert.ok(shown(alone!).includes(' at make '));
    assert.equal(shown(preloaded!), shown(alone!));
  }
});
