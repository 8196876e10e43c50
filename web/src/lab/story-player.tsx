import { useEffect, useState } from 'preact/hooks';
import type { Story } from '../../../src/sim/explore/story.js';
import { RangeField } from '../ui/field.js';
import { Lanes } from './lanes.js';
import { StoryMoment } from './story-moment.js';
import { sentenceOf } from './story-text.js';

/** Milliseconds of an event. */
const EVENT_MS = 350;

/** A schedule, event by event: who does what, and how things stand then. */
export function StoryPlayer({ story }: { readonly story: Story }) {
  const [at, setAt] = useState(0);
  const [playing, setPlaying] = useState(false);
  const { events } = story;
  const last = events.length - 1;
  useEffect(() => {
    if (!playing) return;
    if (at >= last) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => setAt(at + 1), EVENT_MS);
    return () => clearTimeout(timer);
  }, [playing, at]);
  const go = (to: number) => {
    setPlaying(false);
    setAt(Math.min(last, Math.max(0, to)));
  };
  const breaks = events.flatMap(({ broken }, i) => (broken.length > 0 ? [i] : []));
  const next = breaks.find((i) => i > at) ?? (story.failure !== undefined && at < last ? last : undefined);
  return (
    <div class="stack story">
      <div class="story-steer">
        {/* A button that is of no use now keeps the focus: it is not disabled. */}
        <div class="actions">
          <button type="button" onClick={() => go(at - 1)} aria-disabled={at === 0}>
            Back
          </button>
          <button type="button" onClick={() => go(at + 1)} aria-disabled={at === last}>
            Step
          </button>
          <button
            type="button"
            class="primary"
            onClick={() => setPlaying(!playing)}
            aria-disabled={at === last}
          >
            {playing ? 'Pause' : 'Play'}
          </button>
          <button type="button" onClick={() => go(next ?? at)} aria-disabled={next === undefined}>
            To the next break
          </button>
        </div>
        <RangeField
          label="Event"
          min={0}
          max={last}
          value={at}
          text={(value) => `${value + 1} of ${events.length}`}
          onChange={go}
        />
      </div>
      <p class="visually-hidden" role="status">
        {!playing && sentenceOf(events[at]!)}
      </p>
      <div class="story-parts">
        <Lanes story={story} at={at} onGo={go} />
        <StoryMoment story={story} at={at} />
      </div>
    </div>
  );
}
