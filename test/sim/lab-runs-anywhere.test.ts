import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImportClosure } from './import-closure.js';

const SHARED = String.raw`src\/(common|report|sim|mm|heat|access|policy|engine|offload|migrators|dmaengine)\/[^:]*\.ts|src\/(parameters\/[^/:]*|trace\/event-layout)\.ts`;

test('the thread of the page that simulates needs no part of Node, none of Linux, and no package', () => {
  const closure = new ImportClosure(['web/src/lab/lab-worker.ts']);
  assert.ok(closure.all.includes('src/mm/pipeline/migrate-pages.ts'));
  closure.assertRunsInBrowsers(new RegExp(String.raw`^(${SHARED}|web\/src\/lab\/[^/]*\.ts)$`));
});

test('the view of the lab needs the packages of the page besides', () => {
  const closure = new ImportClosure(['web/src/lab/lab-view.tsx']);
  assert.ok(closure.all.includes('src/sim/explore/races/races.ts'));
  closure.assertRunsInBrowsers(
    new RegExp(
      String.raw`^(${SHARED}|web\/src\/(lab|ui|app)\/[^/]*\.(tsx?|css)|preact(\/hooks)?|uplot(\/.*\.css)?)$`,
    ),
  );
});
