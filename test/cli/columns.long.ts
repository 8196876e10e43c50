import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';
import { DEEP } from '../deep.js';
import { hostCannot, runCli } from './run-cli.js';

/** Every command, the program itself first, with the words that call it. */
function allCommands(command: Command, words: readonly string[] = []): (readonly [string, Command])[] {
  return [
    [words.join(' '), command],
    ...command.commands.flatMap((each) => allCommands(each, [...words, each.name()])),
  ];
}

function helpOf(command: Command): string {
  const written: string[] = [];
  command.configureOutput({ writeOut: (text) => void written.push(text), getOutHelpWidth: () => 80 });
  command.outputHelp();
  return written.join('');
}

function tooLong(text: string): string[] {
  return text.split('\n').filter((line) => [...line].length > 80);
}

const commands = allCommands(createProgram(() => undefined));

test('there is help to look at', () => {
  assert.ok(commands.length >= 17, `${commands.length}`);
});

for (const [words, command] of commands) {
  test(`the help of 'pageferry ${words}' fits 80 columns and tells the exit codes`, () => {
    const text = helpOf(command);
    assert.deepEqual(tooLong(text), []);
    assert.match(text, /Exit codes.*:\n {2}0 /);
  });
}

const skip = hostCannot();

for (const [args, real] of [
  ['sim move --bytes 16M --plot', false],
  ['sim batch --count 1,8 --plot', false],
  ['sim compaction --huge-pages 64 --hogs 2 --plot', false],
  ['sim breakeven --folio 4K,2M --max-batch 4M --plot', false],
  ['explore --list', false],
  ['explore --schedules 5', false],
  ['doctor', true],
  ['demo --bytes 8M --seconds 0.3 --migrator dcbm --load-threads 4', true],
  ...(DEEP
    ? ([
        ['calibrate --rounds 1 --bytes 4M --force --out /dev/null --plot', true],
        [
          'bench move --bytes 8M --copy-bytes 4M --warm-up 1 --runs 1 --folio 4K --migrator dcbm --batch-bytes 2M --inject fail-batch=2,corrupt=9',
          true,
        ],
      ] as const)
    : []),
  ['bench move --bytes 4M --copy-bytes 4M --warm-up 1 --runs 1 --folio 4K,2M --channels 1,16 --plot', true],
  [
    'bench move --bytes 4M --copy-bytes 4M --warm-up 1 --runs 1 --folio 4K --migrator cpu,dcbm --layout alternate --gaps skip,move',
    true,
  ],
] as const) {
  test(`the output of 'pageferry ${args}' fits 80 columns`, { skip: real && skip }, () => {
    const { status, stdout, stderr } = runCli(args.split(' '));
    assert.equal(status, 0, stderr);
    assert.ok(stdout.length > 100);
    assert.deepEqual(tooLong(stdout), []);
  });
}
