import type { Command } from 'commander';
import { DOCTOR_EXIT_HELP, EXIT, helpText, type SetExitCode } from '../ui/exit-code.js';
import { addJsonOption, checkReportFile, printReport } from '../ui/json-file.js';
import { type Progress, startProgress } from '../ui/progress.js';
import { type DoctorReport, examine } from './examine.js';
import { formatDoctor } from './format-doctor.js';

const EXPLANATION = `
Checks the kernel, the permissions of this process, memory, its nodes and huge
pages. Moves 8M back and forth as a test, and measures the copy bandwidth. For
each problem it prints the cause and how to fix it.`;

const EXAMPLES = ['pageferry doctor', 'pageferry doctor --json'];

export function addDoctorCommand(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('doctor')
    .description('check what this host supports, and print how to fix what it does not');
  addJsonOption(command, 'the findings')
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES, DOCTOR_EXIT_HELP))
    .action(async ({ json }: { json?: string }) => {
      checkReportFile(json);
      const report = await watched();
      const { stdout } = process;
      // hasColors knows NO_COLOR and FORCE_COLOR.
      const colors = stdout.isTTY === true && stdout.hasColors();
      printReport(() => formatDoctor(report, colors), report, json);
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
