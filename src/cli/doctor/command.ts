import type { Command } from 'commander';
import { jsonText } from '../ui/ascii.js';
import { EXIT, EXIT_HELP, type SetExitCode } from '../ui/exit-code.js';
import { type Progress, startProgress } from '../ui/progress.js';
import { type DoctorReport, examine } from './examine.js';
import { formatDoctor } from './format-doctor.js';

const HELP = `
Looks at the kernel, what this process is permitted, memory, its nodes and huge
pages; moves 8M there and back as a proof; measures how fast memory is copied
here. For all that is missing it says why, and how to change it.`;

export function addDoctorCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('doctor')
    .description('what this host can do, and how to change what it cannot')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', `${HELP}\n${EXIT_HELP}`)
    .action(async ({ json }: { json?: true }) => {
      const report = await watched();
      const { stdout } = process;
      // hasColors knows NO_COLOR and FORCE_COLOR.
      const colors = stdout.isTTY === true && stdout.hasColors();
      console.log(json === true ? jsonText(report) : formatDoctor(report, colors));
      setExitCode(report.canMigrate ? EXIT.ok : EXIT.host);
    });
}

async function watched(): Promise<DoctorReport> {
  // As many as there are is known with the first of them.
  let progress: Progress | undefined;
  try {
    return await examine((done, total, id) => {
      progress ??= startProgress('doctor', total);
      progress.update(done, id);
    });
  } finally {
    progress?.stop();
  }
}
