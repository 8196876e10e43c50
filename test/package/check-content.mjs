import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const files = readdirSync(folder, { recursive: true }).filter((name) =>
  statSync(join(folder, name)).isFile(),
);
const text = (name) => readFileSync(join(folder, name), 'utf8');

/** What a user of the package has no use for. */
const UNWANTED = /\.(map|png|tsbuildinfo|tgz)$|(^|\/)(test|tools)\/|(?<!\.d)\.ts$/;
assert.deepEqual(
  files.filter((name) => UNWANTED.test(name)),
  [],
);
for (const name of files.filter((each) => each.endsWith('.js'))) {
  assert.ok(!text(name).includes('//# sourceMappingURL='), `${name} names a source map`);
}
const { bin, exports, main, types } = JSON.parse(text('package.json'));
const targets = Object.values(exports).flatMap((target) =>
  typeof target === 'string' ? target : Object.values(target ?? {}),
);
for (const target of [main, types, ...Object.values(bin), ...targets]) {
  if (!target.includes('*')) assert.ok(existsSync(join(folder, target)), `${target} is not in the package`);
}
for (const [, link] of text('README.md').matchAll(/\]\(((?:docs|examples)\/[^)#]+)[^)]*\)/g)) {
  assert.ok(link.endsWith('.png') || existsSync(join(folder, link)), `README.md links to ${link}`);
}
const bytes = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
console.log(`package: ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB`);
