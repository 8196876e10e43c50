import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Waits until pageferry/auto has opened its ferry, if the test has given it a socket. It adopts in the next turn. */
export async function untilServed(): Promise<void> {
  const { PAGEFERRY_AUTO_SOCKET: socket } = process.env;
  while (socket !== undefined && !existsSync(socket)) await setTimeout(20);
  await setTimeout(200);
}
