import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function helpOf(command: Command, columns = 80): string {
  const written: string[] = [];
  command.configureOutput({ writeOut: (text) => void written.push(text), getOutHelpWidth: () => columns });
  command.outputHelp();
  return written.join('');
}

const visible = (command: Command) => command.options.filter(({ hidden }) => !hidden);
const commands = allCommands(createProgram(() => undefined));

const pathOf = (command: Command): string =>
  command.parent === null ? '' : `${pathOf(command.parent)} ${command.name()}`.trim();

/** The words of a text, whatever the lines that they are in. */
const wordsOf = (text: string): string => text.replaceAll(/\s+\\?\s*/g, ' ').trim();

test('the help of every command is as wide as a narrow terminal, and says the same', () => {
  for (const command of commands) {
    const whole = helpOf(command);
    for (const columns of [55, 60, 79]) {
      const help = helpOf(command, columns);
      for (const line of help.split('\n')) {
        // A single word, such as a long option, is not broken.
        const fits = line.length <= columns || !line.trim().includes(' ');
        assert.ok(fits, `${pathOf(command)}, ${line.length} of ${columns}: ${line}`);
      }
      assert.equal(wordsOf(help), wordsOf(whole), pathOf(command));
    }
    assert.equal(helpOf(command, 120).split('\nExit codes')[1], whole.split('\nExit codes')[1]);
  }
});

test('the exit codes of help are those of docs/cli.md', () => {
  const docs = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
  const rows = docs
    .split('## Exit codes')[1]!
    .split('\n\n')[1]!
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').slice(1, -1));
  const codesOf = new Map<string, string[]>();
  for (const [names, ...meanings] of rows) {
    const codes = meanings.flatMap((meaning, code) => (meaning.trim() === '' ? [] : [String(code)]));
    for (const [, name] of names!.matchAll(/`([a-z]+(?: [a-z]+)*)/g)) codesOf.set(name!, codes);
  }
  const seen = new Set<string>();
  for (const command of commands) {
    const path = pathOf(command);
    const [first = ''] = path.split(' ');
    if (first === '') continue;
    // A row of its own, or that of its group.
    const name = codesOf.has(path) ? path : first;
    const listed = helpOf(command)
      .split(/\nExit codes.*:\n/)[1]!
      .split('\n\n')[0]!;
    const codes = [...listed.matchAll(/^ {2}(\d) {2}\S/gm)].map(([, code]) => code);
    assert.deepEqual(codes, codesOf.get(name), path);
    seen.add(name);
  }
  assert.deepEqual([...seen].sort(), [...codesOf.keys()].sort());
});

test('an option of help has at most one default', () => {
  for (const command of commands) {
    for (const option of visible(command)) {
      const text = command.createHelp().optionDescription(option);
      assert.ok((text.match(/\(default/g) ?? []).length <= 1, `${command.name()} ${option.flags}: ${text}`);
    }
  }
});

test('a flag has one meaning in all commands', () => {
  const text = new Map<string, Map<string, string>>();
  for (const command of commands) {
    for (const { long, flags, description } of visible(command)) {
      const told = text.get(long!) ?? new Map<string, string>();
      text.set(long!, told.set(`${command.parent?.name()} ${command.name()}`, `${flags}: ${description}`));
    }
  }
  const meanings: readonly (readonly [flag: string, meaning: RegExp])[] = [
    ['--batch-bytes', /bytes of a batch|largest batch, in bytes/],
    ['--bytes', /migrated|fragmented|watched/],
    [
      '--json',
      /^--json \[file\]: print .* as JSON; with =file, print text and write the JSON to the file \(replaces it\)$/,
    ],
    ['--threads', /copy threads of mtcopy/],
    ['--load-threads', /program threads/],
    ['--seed', /seed/],
  ];
  for (const [flag, meaning] of meanings) {
    assert.ok(text.has(flag), flag);
    for (const [name, description] of text.get(flag)!) {
      assert.match(description, meaning, `${name} ${description}`);
    }
  }
  for (const flag of ['--batch', '--size', '--batch-pages', '--most']) assert.ok(!text.has(flag), flag);
});

test('a description starts with an imperative verb', () => {
  const verbs =
    /^(?:check|compare|draw|find|fit|get|list|measure|migrate|move|print|read|record|repeat|run|serve|set|show|simulate) /i;
  for (const command of commands) assert.match(command.description(), verbs, command.name());
});

for (const command of commands) {
  const examples = helpOf(command)
    .split('\nExamples:\n')[1]
    ?.split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (examples === undefined) continue;
  test(`the examples in the help of '${command.name()}' are commands`, async () => {
    assert.ok(examples.length > 0);
    for (const example of examples) {
      const program = createProgram(() => undefined);
      let ran = false;
      // A command without an action of its own shows its help.
      for (const each of allCommands(program)) {
        each.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
        if (each.commands.length > 0) continue;
        each.action(() => {
          ran = true;
        });
      }
      const [name, ...args] = example.split(' ');
      assert.equal(name, 'pageferry');
      await program.parseAsync(args, { from: 'user' }).catch((error: { code?: string }) => {
        assert.equal(error.code, 'commander.helpDisplayed', example);
        ran = true;
      });
      assert.ok(ran, example);
    }
  });
}

test('every command that runs has examples', () => {
  for (const command of commands) {
    if (command.commands.length === 0)
      assert.match(helpOf(command), /\n\nExamples:\n {2}pageferry /, command.name());
  }
});
