import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ChromeTrace } from '../../src/trace/chrome/chrome-event.js';
import { DEEP } from '../deep.js';
import { argOf, checkShape, spansOf, threadOf } from '../trace/chrome-checks.js';
import { hostCannot, runCli } from './run-cli.js';

const skip = hostCannot();
const folder = mkdtempSync(join(tmpdir(), 'pf-trace-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs a command with `--trace`; what it says stays as it is without. */
function traced(args: string, expected = 0): ChromeTrace {
  const file = join(folder, 'trace.json');
  rmSync(file, { force: true });
  const { status, stderr } = runCli([...args.split(' '), '--trace', file]);
  assert.equal(status, expected, stderr);
  const trace = JSON.parse(readFileSync(file, 'utf8')) as ChromeTrace;
  checkShape(trace);
  assert.equal(trace.otherData.events_lost, 0);
  return trace;
}

/** The processes of a trace, by number; the first is the command itself. */
function processes({ traceEvents }: ChromeTrace): unknown[] {
  return traceEvents.filter(({ name }) => name === 'process_name').map((event) => argOf(event, 'name'));
}

function names({ traceEvents }: ChromeTrace, lane: string, pid: number): Set<string> {
  return new Set(spansOf(traceEvents, threadOf(traceEvents, lane, pid), pid).map(({ name }) => name));
}

test('bench move: the ferry of the rows, and each run as a step of the command', { skip }, () => {
  const trace = traced(
    'bench move --bytes 4M --copy-bytes 4M --warm-up 1 --runs 2 --folio 4K --migrator dcbm --channels 2',
  );
  assert.match(JSON.stringify(trace.otherData), /"command":"pageferry bench move"/);
  assert.equal(processes(trace)[0], 'pageferry');
  assert.match(String(processes(trace)[1]), /^ferry \d+$/);
  assert.ok(names(trace, 'migration thread', 1).has('migrate_folio_unmap'));
  assert.ok(names(trace, 'soft1', 1).size > 0);
  assert.deepEqual(names(trace, 'command', 0), new Set(['pageferry bench move']));
  const steps = [...names(trace, 'steps', 0)];
  assert.ok(steps.length >= 2 && steps.every((step) => /^run \d of \d$/.test(step)), steps.join());
});

test('demo and doctor: their ferries; --trace may stand before the command', { skip }, () => {
  const demo = traced('demo --bytes 8M --seconds 0.3 --migrator mtcopy');
  assert.ok(names(demo, 'migration thread', 1).has('mtcopy'));
  const file = join(folder, 'doctor.json');
  assert.equal(runCli(['--trace', file, 'doctor']).status, 0);
  const doctor = JSON.parse(readFileSync(file, 'utf8')) as ChromeTrace;
  checkShape(doctor);
  // The command itself, the ferry that moves a page, and the one that moves page tables.
  assert.equal(processes(doctor).length, 3);
});

if (DEEP) {
  test('calibrate: every ferry that it opens', { skip, timeout: 60_000 }, () => {
    const out = join(folder, 'host.json');
    const trace = traced(`calibrate --bytes 4M --rounds 1 --force --out ${out}`);
    assert.ok(processes(trace).length > 1);
  });
}

test('sim move: a process for each simulated machine, in virtual time, the same for the same seed', () => {
  const args = 'sim move --folio 64K --bytes 4M --migrator baseline,dcbm,mtcopy --channels 2 --threads 3';
  const [one, other] = [traced(args), traced(args)];
  assert.deepEqual(processes(one).slice(1), [
    'baseline, 64 folios of 64K',
    'dcbm, 2 ch, 64 folios of 64K',
    'mtcopy, 3 threads, 64 folios of 64K',
  ]);
  const simulated = ({ traceEvents }: ChromeTrace) => traceEvents.filter(({ pid }) => pid > 0);
  assert.deepEqual(simulated(one), simulated(other));
  assert.ok(names(one, 'sim1', 2).size > 0);
  assert.ok(names(one, 'copy1', 3).size > 0);
});

if (DEEP) {
  test('sim batch, compaction and breakeven: their simulated machines', () => {
    assert.ok(
      processes(traced('sim batch --count 1,8 --migrator dcbm')).includes('dcbm, 1 ch, 8 folios of 2048K'),
    );
    const compaction = traced('sim compaction --huge-pages 4');
    assert.deepEqual(processes(compaction).slice(1), [
      'baseline, idle',
      'dcbm, idle',
      'baseline, busy',
      'dcbm, busy',
    ]);
    const breakeven = traced('sim breakeven --folio 64K --max-batch 256K');
    assert.ok(processes(breakeven).includes('dcbm, 4 folios of 64K'));
  });
}

test('explore: the plain schedule of each scenario, or the one that is replayed', () => {
  const walk = traced('explore --scenario swap,dma --schedules 3');
  assert.deepEqual(processes(walk).slice(1), ['swap: plain schedule', 'dma: plain schedule']);
  assert.deepEqual(names(walk, 'steps', 0), new Set(['swap', 'dma']));
  const again = traced('explore --scenario swap --replay 3:1');
  assert.deepEqual(processes(again).slice(1), ['swap: 3:1']);
});

test('a command that fails leaves the trace of what it did', () => {
  const trace = traced('demo --channels 2', 2);
  assert.deepEqual(names(trace, 'command', 0), new Set(['pageferry demo']));
});

test('a file that cannot be written is refused before anything is done', () => {
  mkdirSync(join(folder, 'a-directory'), { recursive: true });
  for (const [file, says] of [
    [
      '/no/such/directory/x.json',
      /--trace: cannot write '\/no\/such\/directory\/x\.json': '\/no\/such\/directory' does not exist \(ENOENT\)/,
    ],
    [join(folder, 'a-directory'), /--trace: '.*a-directory' is a directory/],
    ['-', /--trace: needs a file name/],
  ] as const) {
    const { status, stdout, stderr } = runCli(['sim', 'move', '--trace', file]);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, says);
  }
});

test('without --trace no file is written, and the help of every command has the option', () => {
  const file = join(folder, 'none.json');
  assert.equal(runCli(['sim', 'move', '--folio', '2M', '--bytes', '4M']).status, 0);
  assert.equal(existsSync(file), false);
  for (const command of [[], ['demo'], ['sim', 'move'], ['param', 'ls']]) {
    assert.match(runCli([...command, '--help']).stdout, /--trace <file>/);
  }
});
