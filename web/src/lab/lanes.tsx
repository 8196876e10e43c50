import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Story, StoryEvent } from '../../../src/sim/explore/story.js';
import { decisionText, formatNanoseconds, textOf } from './story-text.js';

interface LanesProps {
  readonly story: Story;
  readonly at: number;
  readonly onGo: (at: number) => void;
}

const KEYS: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowUp: (at) => at - 1,
  ArrowDown: (at) => at + 1,
  Home: () => 0,
  End: (_, last) => last,
};

/**
 * A lane for each task; time runs downwards. A task's bar goes on while others make a step within it. It is one stop of the
 * keyboard, and walked with the arrow keys.
 */
export function Lanes({ story, at, onGo }: LanesProps) {
  const { tasks, events, failure } = story;
  const last = events.length - 1;
  // What only shows when everything is over is broken at the end.
  const isBroken = ({ broken }: StoryEvent, i: number) =>
    broken.length > 0 || (i === last && failure !== undefined);
  const frame = useRef<HTMLElement>(null);
  const underWay = useMemo(() => stacksOf(events), [events]);
  useEffect(() => {
    const box = frame.current!;
    const row = box.querySelector<HTMLElement>('[aria-current="step"]');
    if (row === null) return;
    const lane = row.querySelector<HTMLElement>('.own');
    box.scrollTo({
      top: row.offsetTop - (box.clientHeight - row.offsetHeight) / 2,
      left: lane === null ? 0 : lane.offsetLeft - (box.clientWidth - lane.offsetWidth) / 2,
    });
  }, [at]);
  const walk = (event: KeyboardEvent) => {
    const to = KEYS[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onGo(to(at, last));
  };
  return (
    <section
      ref={frame}
      class="lanes"
      aria-label="Schedule, walked with the arrow keys"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onKeyDown={walk}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">time</th>
            {tasks.map((task) => (
              <th key={task} scope="col">
                {task}
              </th>
            ))}
            <th scope="col">decided</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event, i) => (
            <tr
              key={i}
              aria-current={i === at ? 'step' : undefined}
              class={rowClass(isBroken(event, i), i > at)}
            >
              <td class="numeric moment-cell">
                <button
                  type="button"
                  class="quiet time"
                  tabIndex={-1}
                  onClick={() => onGo(i)}
                  aria-label={`Show moment ${i + 1}`}
                >
                  {formatNanoseconds(event.now)}
                </button>
              </td>
              {tasks.map((task) => (
                <Lane key={task} task={task} event={event} active={underWay[i]!.includes(task)} />
              ))}
              <td class="decision">
                {event.decision !== undefined && (
                  <span class={event.decision.chosen > 0 ? 'chosen' : ''}>
                    {decisionText(event.decision)}
                  </span>
                )}
                {event.kind === 'rest' && <span class="chosen">everything is idle</span>}
                {isBroken(event, i) && <strong class="broke">✕ breaks</strong>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface LaneProps {
  readonly task: string;
  readonly event: StoryEvent;
  /** It is in the middle of a step. */
  readonly active: boolean;
}

function Lane({ task, event, active }: LaneProps) {
  const own = event.task === task;
  const acts = own && event.acts.length > 0;
  const classes = ['lane', active ? 'active' : '', own ? `own ${event.kind}` : '', acts ? 'acts' : ''];
  return <td class={classes.join(' ')}>{own ? textOf(event) : ''}</td>;
}

function rowClass(breaks: boolean, toCome: boolean): string {
  return [breaks ? 'breaks' : '', toCome ? 'to-come' : ''].join(' ');
}

/** By event: the tasks that are in a step at that moment, the outermost first. */
function stacksOf(events: readonly StoryEvent[]): (readonly string[])[] {
  let stack: readonly string[] = [];
  return events.map(({ kind, task }) => {
    if (kind === 'begin') stack = [...stack, task];
    const now = stack;
    if (kind === 'end') stack = stack.slice(0, -1);
    return now;
  });
}
