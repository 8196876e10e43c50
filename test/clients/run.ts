/**
 * Real programs, each with its WebAssembly heaps migrated to and fro while it works, must answer as they do undisturbed:
 * `npm run test:clients [-- NAME …]`. Installs the programs, or says why it cannot. Exit code 1 when an answer differs.
 */
import { fork, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { wholeNumber } from '../../src/cli/ui/option-parsers.js';
import { formatTable } from '../../src/cli/ui/table.js';
import { stallReport } from '../torture/stall-report.js';
import { takeSnapshot } from '../torture/tasks.js';
import type { Client } from './client.js';
import { CLIENTS } from './clients.js';
import { installPackages } from './packages.js';
import { judge, type Report } from './report.js';
import { COLUMNS, rowOf } from './table.js';

/** Between two looks at what is stuck. */
const BETWEEN_MS = 500;

const names = CLIENTS.map(({ name }) => name).join(', ');
const command: Command = new Command('clients')
  .argument('[names...]', names)
  .option('--rounds <count>', 'how often each does its work', wholeNumber(1, 100_000), 1)
  .option('--limit <seconds>', 'for one program', wholeNumber(1, 86_400), 180)
  .parse();
const { rounds, limit } = command.opts<{ rounds: number; limit: number }>();
const chosen = command.args.length === 0 ? CLIENTS : command.args.map(named);

function named(name: string): Client {
  const client = CLIENTS.find((each) => each.name === name);
  if (client === undefined) command.error(`unknown program '${name}' (there are ${names})`);
  return client;
}

/** Resolves to what it reports, or to what happened to it. */
function run(client: Client, mode: 'still' | 'moved'): Promise<Report | string> {
  const child = fork(
    fileURLToPath(new URL('./process.js', import.meta.url)),
    [client.name, mode, String(rounds)],
    // A heap that nobody uses any more is not migrated: see Heaps.live.
    { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  return new Promise((resolve) => {
    let report: Report | string | undefined;
    const timer = setTimeout(() => {
      const first = takeSnapshot();
      setTimeout(() => {
        report = `${mode}: not done after ${limit} s\n${stallReport(child.pid!, first, takeSnapshot())}`;
        child.kill('SIGKILL');
      }, BETWEEN_MS);
    }, limit * 1000);
    child.on('message', (message: Report) => {
      report = message;
    });
    child.on('error', (error) => resolve(`${mode}: ${error.message}`));
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      const ended = `${mode}: ended with ${signal ?? `exit code ${code}`}`;
      resolve(code === 0 ? (report ?? ended) : typeof report === 'string' ? report : ended);
    });
  });
}

function skip(why: string): void {
  console.log(`SKIP test:clients: ${why}`);
}

const doctor = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const unreachable = installPackages();
if (unreachable !== undefined) skip(unreachable);
else if (spawnSync(process.execPath, [doctor, 'doctor']).status !== 0) {
  skip("this host cannot migrate ('pageferry doctor' says why)");
} else {
  await runAll();
}

async function runAll(): Promise<void> {
  const rows: string[][] = [];
  const started = performance.now();
  for (const client of chosen) {
    // At the same time: each has less of the processors than it could use.
    const [still, moved] = await Promise.all([run(client, 'still'), run(client, 'moved')]);
    const wrong =
      typeof still === 'string' || typeof moved === 'string'
        ? [still, moved].filter((each) => typeof each === 'string')
        : judge(client, still, moved);
    for (const each of wrong) console.log(`${client.name}: ${each}`);
    if (wrong.length > 0) process.exitCode = 1;
    rows.push(rowOf(client, moved, wrong.length === 0));
    console.log(`${rows.at(-1)!.join(', ')}`);
  }
  console.log(formatTable(COLUMNS, rows));
  console.log(`in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}
