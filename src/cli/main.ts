#!/usr/bin/env node
import { createProgram } from './program.js';
import { reportError } from './report-error.js';
import { commandTrace } from './trace/command-trace.js';

// A reader that has seen enough (`pageferry doctor | head -3`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

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
