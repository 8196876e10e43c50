import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from './run-cli.js';

const WRONG: readonly (readonly [args: string, named: RegExp])[] = [
  ['demo --bytes 3X', /--bytes/],
  ['demo --bytes 0', /--bytes/],
  ['demo --bytes 5000', /--bytes/],
  ['demo --bytes 9G', /--bytes/],
  ['demo --seconds 0', /--seconds/],
  ['demo --seconds soon', /--seconds/],
  ['demo --folio 5K', /--folio/],
  ['demo --folio 4M', /--folio/],
  ['demo --migrator dcbm2', /--migrator/],
  ['demo --migrator dcbm --channels 0', /--channels/],
  ['demo --channels 2', /--channels/],
  ['demo --batch-bytes 0', /--batch-bytes/],
  ['demo --batch-bytes 2G', /--batch-bytes/],
  ['demo --load-threads 1', /--load-threads/],
  ['demo --load-threads 2.5', /--load-threads/],
  ['demo --threads 4', /--threads: .*--load-threads/],
  ['demo --migrator mtcopy --threads 65', /--threads/],
  ['demo --sieze 1M', /--sieze/],
  ['demo now', /too many arguments/],
  ['doctor --yaml', /--yaml/],
  ['bench move --folio 4K,3K', /--folio/],
  ['bench move --folio ,', /--folio/],
  ['bench move --migrator serial,turbo', /--migrator/],
  ['bench move --channels 0', /--channels/],
  ['bench move --channels 1,17', /--channels/],
  ['bench move --channels x', /--channels/],
  ['bench move --migrator cpu --channels 2', /--channels/],
  ['bench move --threads 0', /--threads/],
  ['bench move --threads 2,65', /--threads/],
  ['bench move --migrator cpu --threads 2', /--threads/],
  ['bench move --device gpu', /--device/],
  ['bench move --migrator cpu --device soft', /--device/],
  ['bench move --depth 0', /--depth/],
  ['bench move --depth 5', /--depth/],
  ['bench move --folios-per-call 0', /--folios-per-call/],
  ['bench move --folios-per-call 1,two', /--folios-per-call/],
  ['bench move --folios-per-call 1 --folio 2M', /--folios-per-call: .*--folio/],
  ['bench move --folios-per-call 1 --layout scattered', /--folios-per-call: .*--layout scattered/],
  ['bench move --gaps move', /--gaps/],
  ['bench move --layout scattered --gaps move', /--gaps/],
  ['bench move --layout alternate --gaps coarse', /--gaps/],
  ['bench move --inject explode=1', /--inject.*'explode'/],
  ['bench move --inject fail-batch=0', /--inject/],
  ['bench move --inject delay=3', /--inject.*needs a time/],
  ['bench move --migrator serial,baseline --inject fail-batch=7', /--inject/],
  ['bench move --bytes 1M', /--bytes/],
  ['bench move --bytes 4097K', /--bytes/],
  ['bench move --runs 0', /--runs/],
  ['bench move --runs -1', /--runs/],
  ['bench move --layout spiral', /--layout/],
  ['bench move --seed x', /--seed/],
  ['bench move --json=/no/such/directory/x.json', /--json/],
  ['serve --host 0.0.0.0', /^error: --host: must be a loopback address, not '0\.0\.0\.0'/],
  ['bench move --copy-mode read-through', /--copy-mode/],
  ['bench stall --copy-mode read-through', /--copy-mode.*renamed\. Use write-protected/],
  ['bench move --gaps bridge --layout alternate', /--gaps.*renamed\. Use move/],
  ['bench access --pages stocked', /--pages.*renamed\. Use prefilled/],
  ['explore --scenario read-through-pins', /--scenario.*renamed\. Use write-protected-pins/],
  ['explore --race guard-unflushed', /--race.*renamed\. Use protect-unflushed/],
  ['explore --race unguard-left-out', /--race.*renamed\. Use unprotect-left-out/],
  ['explore --race recheck-left-out', /--race.*renamed\. Use verification-left-out/],
  ['explore --race swap-unflushed', /--race.*renamed\. Use cutover-unflushed/],
  ['sim move --set memory.nodePages=1', /nodePages: must be [^.]*, not 1\n/],
  ['bench stall --batch-bytes 3K', /--batch/],
  ['bench stall --batch-bytes 2M,2G', /--batch/],
  ['bench stall --batch-bytes 64M --bytes 32M', /--bytes.*--batch-bytes/],
  ['bench stall --bytes 3M', /--bytes/],
  ['bench stall --bytes 4G', /--bytes/],
  ['bench stall --copy-mode shared', /--copy-mode.*'shared'/],
  ['bench stall --copy-mode exclusive --cutover 1M', /--cutover/],
  ['bench stall --cutover 5000', /--cutover/],
  ['bench stall --folio 3K', /--folio/],
  ['bench stall --migrator serial', /--migrator.*'serial'/],
  ['bench stall --migrator cpu --threads 2', /--threads/],
  ['bench stall --migrator cpu --channels 2', /--channels/],
  ['bench stall --migrator cpu --device soft', /--device/],
  ['bench stall --readers 0 --writers 0', /--readers/],
  ['bench stall --readers 65', /--readers/],
  ['bench stall --writers -1', /--writers/],
  ['bench stall --together --writers 0', /--together/],
  ['bench stall --seconds 0', /--seconds/],
  ['bench stall --runs 0', /--runs/],
  ['bench stall --depth 9', /--depth/],
  ['bench stall --seed x', /--seed/],
  ['bench stall --json=/no/such/directory/x.json', /--json/],
  ['bench access --bytes 1M', /--bytes/],
  ['bench access --accesses 10', /--accesses/],
  ['bench access --runs 0', /--runs/],
  ['bench access --migrator kernel', /--migrator.*'kernel'/],
  ['bench access --migrator cpu --threads 2', /--threads/],
  ['bench access --pages warm', /--pages.*'warm'/],
  ['bench access --copy-mode both', /--copy-mode/],
  ['bench access --batch-bytes 4K', /--batch-bytes/],
  ['bench access --seed x', /--seed/],
  ['bench access --json=/no/such/directory/x.json', /--json/],
  ['bench move --json x.json', /too many arguments.*--json=FILE/],
  ['sim move --json -', /too many arguments.*--json=FILE/],
  ['sim move --json=', /--json/],
  ['demo --size 64M', /--size: .* --bytes/],
  ['demo --batch 512', /--batch: .* --batch-bytes/],
  ['bench move --batch 1,8', /--batch: .* --folios-per-call/],
  ['bench move --max-batch 2M', /--max-batch: .* --batch-bytes/],
  ['bench move --granularity bridge', /--granularity: .* --gaps/],
  ['bench stall --batch 2M', /--batch: .* --batch-bytes/],
  ['bench stall --concurrency read-through', /--concurrency: .* --copy-mode/],
  ['bench stall --swap 2M', /--swap: .* --cutover/],
  ['bench access --batch 2M', /--batch: .* --batch-bytes/],
  ['bench access --concurrency exclusive', /--concurrency: .* --copy-mode/],
  ['bench compaction --size 64M', /--size: .* --bytes/],
  ['sim move --batch-pages 512', /--batch-pages: .* --batch-bytes/],
  ['sim batch --swap-pages 512', /--swap-pages: .* --cutover-pages/],
  ['sim move --concurrency exclusive', /--concurrency: .* --copy-mode/],
  ['sim breakeven --most 64M', /--most: .* --max-batch/],
  ['sim breakeven --concurrency exclusive', /--concurrency: .* --copy-mode/],
  ['bench', /Usage: pageferry bench/],
  ['explode', /unknown command 'explode'/],
  ['help explode', /unknown command 'explode'/],
  ['help serv', /unknown command 'serv'.*Did you mean serve/s],
  ['explode --help', /unknown command 'explode'/],
  ['explode help', /unknown command 'explode'/],
  ['explode --trace x.json --help', /unknown command 'explode'/],
  ['bench explode', /unknown command 'explode'/],
  ['help bench explode', /unknown command 'explode'/],
  ['bench help explode', /unknown command 'explode'/],
  ['bench explode --help', /unknown command 'explode'/],
  ['sim breakeven --batch-bytes 4M', /--batch-bytes: .* --max-batch/],
  ['sim breakeven --batch 4M', /--batch: .* --max-batch/],
  ['sim breakeven --max 4M', /--max: .* --max-batch/],
  ['sim move --max-batch=4M', /--max-batch: .* --batch-bytes/],
  ['sim move --batch 512', /--batch: .* --batch-bytes/],
  ['bench stall --cutover-pages 512', /--cutover-pages: .* --cutover/],
  ['sim move --most 4M', /unknown option '--most'/],
  ['', /Usage: pageferry/],
];

for (const [args, named] of WRONG) {
  test(`'pageferry ${args}' exits with 2 and says what is wrong`, () => {
    const { status, stdout, stderr } = runCli(args.split(' ').filter((arg) => arg !== ''));
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, named);
    assert.doesNotMatch(stderr, /^\s+at /m);
  });
}

test('the help of every command has the exit codes', () => {
  for (const args of [[], ['doctor'], ['demo'], ['bench', 'move'], ['bench', 'stall'], ['bench', 'access']]) {
    const { status, stdout } = runCli([...args, '--help']);
    assert.equal(status, 0);
    assert.match(stdout, /Exit codes:\n {2}0/);
    const tooLong = stdout.split('\n').filter((line) => line.length > 80);
    assert.deepEqual(tooLong, []);
  }
});

test('help of a command is that of its --help', () => {
  for (const [asked, whose] of [
    ['help', ''],
    ['help demo', 'demo'],
    ['help bench', 'bench'],
    ['help bench move', 'bench move'],
    ['bench help move', 'bench move'],
    ['help demo now', 'demo'],
  ]) {
    const { status, stdout, stderr } = runCli(asked!.split(' '));
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(stdout, runCli([...whose!.split(' ').filter((word) => word !== ''), '--help']).stdout);
  }
});

test('the version is the package version', () => {
  assert.match(runCli(['--version']).stdout, /^\d+\.\d+\.\d+\n$/);
});
