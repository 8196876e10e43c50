import type { Command } from 'commander';
import { POOL_SLACK } from '../../bench/harness/host.js';
import { formatSize } from '../../common/size.js';
import { fillDashboardOptions } from '../../dashboard/options.js';
import type { Ferry } from '../../ferry/ferry.js';
import { openFerry } from '../../ferry/open-ferry.js';
import { serveParameters } from '../../ferry/serve-parameters.js';
import type { LoadCount } from '../demo/live-load.js';
import { EXIT, helpText, type SetExitCode } from '../ui/exit-code.js';
import { Interruption } from '../ui/interruption.js';
import { namedByFlag } from '../ui/named-by-flag.js';
import { folioSize, size, wholeNumber } from '../ui/option-parsers.js';
import { startProgress } from '../ui/progress.js';
import { fitTerminal } from '../ui/wrap.js';
import { BenchProcess } from './bench-process.js';
import { DemoProgram } from './demo-program.js';

interface ServeFlags {
  readonly port?: number;
  readonly host?: string;
  readonly socket?: string;
  readonly bytes?: number;
  readonly folio?: number;
  readonly load: boolean;
}

const DEFAULT_BYTES = 256 * 2 ** 20;
const MAX_BYTES = 4 * 2 ** 30;
/** Bytes of one prefill: whole chunks of a pool, a fraction of a second. */
const PREFILL_PIECE_BYTES = 128 * 2 ** 20;

const EXPLANATION = `
Prints an address with a token. Anyone who has the address can see and control
the ferry. Only this host can reach it: from elsewhere, use an SSH tunnel
(ssh -L 8080:127.0.0.1:8080 HOST). Ctrl-C stops the server. Then the counters
in the buffer are summed: every update must be there.

To see your own program, call serveDashboard(ferry, { port: 8080 })
from 'pageferry/dashboard'.`;

/** The flags for arguments of `serveDashboard` and `serveParameters`. */
const FLAGS = { 'options.host': '--host', 'options.port': '--port', path: '--socket' };

const EXAMPLES = ['pageferry serve', 'pageferry serve --port 8080 --bytes 1G --folio 64K'];

export function addServeCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('serve')
    .description('serve a web page that shows and controls a ferry, runs benches, and has a lab')
    .option('--port <number>', 'port to listen on (default: any free port)', wholeNumber(0, 65_535))
    .option('--host <address>', 'loopback address to listen on (default: 127.0.0.1)')
    .option('--socket <path>', "also serve the parameters at this socket, for 'pageferry param'")
    .option(
      '--bytes <size>',
      'size of the migrated buffer, 1M to 4G (default: 256M)',
      size(2 ** 20, MAX_BYTES, 4096),
    )
    .option('--folio <size>', 'folio size, 4K to 2M (default: 4K)', folioSize)
    .option('--no-load', 'start no threads that read and update the buffer')
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES))
    .action(async (flags: ServeFlags) => {
      setExitCode((await serve(flags)) ? EXIT.ok : EXIT.failed);
    });
}

/** Serves until a signal comes. Returns whether every update is in the buffer. */
async function serve(flags: ServeFlags): Promise<boolean> {
  const { port = 0, host, socket, bytes = DEFAULT_BYTES, folio = 4096, load } = flags;
  // Loaded here, as no other command needs a web server.
  const { Dashboard } = await import('../../dashboard/dashboard.js');
  const option = await namedByFlag(FLAGS, () =>
    fillDashboardOptions({ port, ...(host === undefined ? {} : { host }) }),
  );
  // First, so that a signal at any time closes what is open.
  const interruption = new Interruption();
  const bench = new BenchProcess();
  const ferry = await openFerry({ poolBytes: bytes + POOL_SLACK });
  let program: DemoProgram | undefined;
  const room = bytes + folio;
  // Gigabytes take seconds.
  const progress = startProgress('serve', bytes + room, { of: 'share', traced: false });
  try {
    const onFilled = (filled: number): void => progress.update(filled, 'the buffer');
    program = await DemoProgram.start(ferry, { bytes, folio, load, onFilled });
    await prefillRoom(ferry, room, folio, (prefilled) =>
      progress.update(bytes + prefilled, 'free pages on the other node'),
    );
    progress.stop();
    const offered = { bench, ...(load ? { program } : {}) };
    const dashboard = await namedByFlag(FLAGS, () => Dashboard.open(ferry, option, offered));
    if (socket !== undefined) await namedByFlag(FLAGS, () => serveParameters(ferry, socket));
    console.log(`${dashboard.url}\n`);
    console.log(`A buffer of ${formatSize(bytes)} in folios of ${formatSize(folio)}. Press Ctrl-C to stop.`);
    await interruption.happened;
    await dashboard.close();
    const moved = ferry.stats().bytes_moved;
    await ferry.close();
    return verdict(moved, await program.end());
  } finally {
    progress.stop();
    interruption.end();
    await bench.stop();
    // Pages first: a thread that waits for a page cannot be ended.
    await ferry.close();
    await program?.terminate();
  }
}

/** Room for the buffer on the other node, a piece at a time. */
async function prefillRoom(ferry: Ferry, room: number, folio: number, onPrefilled: (bytes: number) => void) {
  for (let prefilled = 0; prefilled < room; prefilled += PREFILL_PIECE_BYTES) {
    const piece = Math.min(PREFILL_PIECE_BYTES, room - prefilled);
    await ferry.prefill({ node: ferry.nodeIds[1]!, bytes: piece, folioSize: folio });
    onPrefilled(prefilled + piece);
  }
}

function verdict(moved: number, { updates, found, damaged, backwards }: LoadCount): boolean {
  const number = (value: number) => value.toLocaleString('en-US');
  const lost = `${number(updates)} updates made, ${number(updates - found)} lost`;
  console.log(fitTerminal(`\n${(moved / 1e9).toFixed(1)} GB moved; ${lost}`));
  if (damaged > 0) console.error(`error: ${damaged} places are damaged`);
  if (backwards > 0) console.error(`error: ${backwards} values went backwards`);
  return updates === found && damaged === 0 && backwards === 0;
}
