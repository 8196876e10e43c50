import { TerminalGuard } from './terminal-guard.js';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
/** The same for printf(1). */
const LEAVE_ESCAPED = LEAVE.replaceAll('\u001b', '\\033');
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

type Terminal = NodeJS.WriteStream;

/** Whether pictures can replace each other on a stream. A dumb terminal cannot go back. */
export function isLive(stream: Terminal = process.stdout): boolean {
  const { TERM } = process.env;
  return stream.isTTY === true && TERM !== 'dumb';
}

/**
 * The alternate screen of a terminal, on which pictures replace each other. However the process ends, also by SIGKILL, the
 * terminal has its own screen and its cursor afterwards. They are back while the process is stopped (Ctrl-Z), too.
 */
export class LiveScreen {
  readonly #stream: Terminal;
  readonly #draw: () => string;
  readonly #guard = new TerminalGuard(LEAVE_ESCAPED);
  #entered = false;
  readonly #leave = (): void => {
    if (!this.#entered) return;
    this.#entered = false;
    this.#stream.write(LEAVE);
    this.#guard.set(false);
  };
  readonly #redraw = (): void => this.update();
  readonly #pause = (): void => {
    this.#leave();
    // Its default action, which the handler has replaced.
    process.kill(process.pid, 'SIGSTOP');
  };

  /** @param draw Makes the current picture: lines that fit the terminal. */
  constructor(draw: () => string, stream: Terminal = process.stdout) {
    this.#stream = stream;
    this.#draw = draw;
    process.once('exit', this.#leave);
    process.on('SIGTSTP', this.#pause);
    process.on('SIGCONT', this.#redraw);
    stream.on('resize', this.#redraw);
  }

  /** Shows the current picture. Lines below the bottom of the terminal are left out. */
  update(): void {
    const lines = this.#draw()
      .split('\n')
      .slice(0, Math.max(1, this.#stream.rows || 24));
    const start = this.#entered ? '' : ENTER;
    if (!this.#entered) this.#guard.set(true);
    this.#entered = true;
    this.#stream.write(
      `${start}${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\n')}${CLEAR_BELOW}`,
    );
  }

  /** Restores the terminal. */
  end(): void {
    this.#leave();
    this.#guard.end();
    process.off('exit', this.#leave);
    process.off('SIGTSTP', this.#pause);
    process.off('SIGCONT', this.#redraw);
    this.#stream.off('resize', this.#redraw);
  }
}
