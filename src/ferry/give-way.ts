import { clearInterval, setInterval } from '../common/host-timers.js';

/** Ends the ferries of this thread that give way. */
const endings = new Set<() => Promise<void>>();
let taken = false;
/** Any time will do. */
const ALIVE_MS = 1000;

/**
 * The ferry of pageferry/auto gives way: memory has one ferry, and a program that opens a ferry itself adopts its memory itself.
 * Calls `end` once, when that happens, or at once if it has happened.
 */
export function giveWay(end: () => Promise<void>): void {
  if (taken) void end();
  else endings.add(end);
}

/** A program opens a ferry. Resolves when the memory that others had adopted is free. */
export async function takeWay(): Promise<void> {
  taken = true;
  if (endings.size === 0) return;
  const ended = [...endings].map((end) => end());
  endings.clear();
  // Those ferries do not keep the process alive, but the program waits for its own.
  const alive = setInterval(() => undefined, ALIVE_MS);
  await Promise.all(ended).finally(() => clearInterval(alive));
}
