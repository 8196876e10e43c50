#!/usr/bin/env node
import { createProgram } from './program.js';
import { reportError } from './report-error.js';

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
