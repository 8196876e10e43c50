import { readdirSync, readFileSync } from 'node:fs';

/**
 * Where each thread of a process is: name, state, ticks spent in the program and in the kernel, system call (userfaultfd
 * sleepers are in none and wait in handle_userfault), and the kernel's stack where it may be read. Two of them, a
 * moment apart, tell a thread that runs in the program from one that turns in circles in the kernel.
 */
export function threadStates(pid: number): string {
  const lines: string[] = [];
  for (const thread of list(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`;
    const status = text(`${folder}/status`);
    const state = /^State:\s+(.*)$/m.exec(status)?.[1] ?? '?';
    const switches = /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1] ?? '?';
    // After the name in parentheses: field 3 is the state, 14 and 15 are the ticks (proc_pid_stat(5)).
    const fields = text(`${folder}/stat`)
      .replace(/^.*\) /, '')
      .split(' ');
    lines.push(
      `  ${thread} ${text(`${folder}/comm`)}: ${state}, in ${text(`${folder}/wchan`) || '?'}, ` +
        `${switches} switches, ${fields[11]} + ${fields[12]} ticks, syscall ${text(`${folder}/syscall`)}`,
    );
    for (const frame of text(`${folder}/stack`).split('\n').slice(0, 6)) {
      if (frame !== '') lines.push(`      ${frame.replace(/^\[<0>\] /, '')}`);
    }
  }
  return lines.join('\n');
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
