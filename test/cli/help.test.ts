import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function helpOf(command: Command): string {
  const written: string[] = [];
  command.configureOutput({ writeOut: (text) => void written.push(text), getOutHelpWidth: () => 80 });
  command.outputHelp();
  return written.join('');
}

const visible = (command: Command) => command.options.filter(({ hidden }) => !hidden);
const commands = allCommands(createProgram(() => undefined));

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
    ['--bytes', /migrated|fragmented/],
    ['--json', /^--json \[file\]: print .* as JSON; with =file, print text and write the JSON to the file$/],
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
    /^(?:check|compare|find|get|list|measure|migrate|move|print|read|repeat|run|serve|set|simulate) /i;
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
