#!/usr/bin/env node
import { prepareOutput } from './output.js';
import { createProgram } from './program.js';
import { reportError } from './report-error.js';
import { commandTrace } from './trace/command-trace.js';

prepareOutput();

try {
  await createProgram((code) => {
    process.exitCode = code;
  }).parseAsync();
} catch (error) {
  process.exitCode = reportError(error, console.error);
}
try {
  // Also of a command that has failed.
  commandTrace.end();
} catch (error) {
  process.exitCode = reportError(error, console.error);
}
