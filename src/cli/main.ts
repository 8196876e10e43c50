#!/usr/bin/env node
import { createProgram } from './program.js';
import { commandTrace } from './trace/command-trace.js';
import { reportError } from './ui/errors.js';
import { prepareOutput } from './ui/output.js';

prepareOutput();

try {
  await createProgram((code) => {
    process.exitCode = code;
  }).parseAsync();
} catch (error) {
  process.exitCode = reportError(error, console.error);
}
try {
  // Also after a command that has failed.
  commandTrace.end();
} catch (error) {
  process.exitCode = reportError(error, console.error);
}
