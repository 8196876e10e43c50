import { runCli } from '../run-cli.js';

/** What this host says: asked once, judged by several tests. */
export const here = runCli(['doctor', '--json']);
