import type { Story } from '../../../src/sim/explore/story.js';
import { PageMap, PageMapLegend } from './page-map.js';

/** How things stand after an event: where the pages are, who is registered, what is broken by now. */
export function StoryMoment({ story, at }: { readonly story: Story; readonly at: number }) {
  const { events, failure } = story;
  const event = events[at]!;
  const broken = events.slice(0, at + 1).flatMap((each) => each.broken);
  const isEnd = at === events.length - 1;
  return (
    <div class="moment">
      {event.pages.map((pages, i) => (
        <PageMap
          key={i}
          pages={pages}
          title={event.pages.length > 1 ? `Program ${i + 1}` : 'The program’s pages'}
        />
      ))}
      <PageMapLegend />
      <dl class="pairs">
        <div>
          <dt>registered migrator</dt>
          <dd>{event.migrator ?? 'none'}</dd>
        </div>
        <div>
          <dt>open read sections</dt>
          <dd>{event.readers}</dd>
        </div>
      </dl>
      <div>
        <h3>What broke so far</h3>
        {broken.length === 0 ? <p class="note">Nothing.</p> : <Broken texts={broken} />}
      </div>
      {isEnd && (
        <div>
          <h3>After everything is idle</h3>
          {failure === undefined ? (
            <p>Every invariant holds.</p>
          ) : (
            <Broken texts={failure.violations.map(({ invariant, figures }) => `${invariant}: ${figures}`)} />
          )}
        </div>
      )}
    </div>
  );
}

const SHOWN = 8;

function Broken({ texts }: { readonly texts: readonly string[] }) {
  const different = [...new Set(texts)];
  return (
    <ul class="broken">
      {different.slice(0, SHOWN).map((text) => (
        <li key={text}>{text}</li>
      ))}
      {different.length > SHOWN && <li>and {different.length - SHOWN} more</li>}
    </ul>
  );
}
