import type { PageState } from '../../../src/sim/explore/page-states.js';

const STATES: readonly { readonly state: PageState; readonly text: string; readonly sign: string }[] = [
  { state: 'node0', text: 'on node 0', sign: '' },
  { state: 'write-protected', text: 'write-protected (readable)', sign: '' },
  { state: 'out', text: 'in flight: unmapped', sign: '·' },
  { state: 'node1', text: 'on node 1', sign: '' },
  { state: 'wrong', text: 'mapped with wrong content', sign: '✕' },
  { state: 'absent', text: 'missing', sign: '' },
];

/** Where each page of a program is; each state has a colour and a shape. */
export function PageMap({ pages, title }: { readonly pages: readonly PageState[]; readonly title: string }) {
  const told = STATES.flatMap(({ state, text }) => {
    const count = pages.filter((each) => each === state).length;
    return count === 0 ? [] : [`${count} ${text}`];
  });
  return (
    <figure class="page-map">
      <figcaption>
        {title} <small>{told.join(', ')}</small>
      </figcaption>
      <div class="pages" aria-hidden="true">
        {pages.map((state, page) => (
          <span key={page} class={`page ${state}`} title={`page ${page}`}>
            {STATES.find((each) => each.state === state)!.sign}
          </span>
        ))}
      </div>
    </figure>
  );
}

export function PageMapLegend() {
  return (
    <ul class="swatches" aria-label="Pages">
      {STATES.map(({ state, text, sign }) => (
        <li key={state}>
          <span class={`page ${state}`} aria-hidden="true">
            {sign}
          </span>{' '}
          {text}
        </li>
      ))}
    </ul>
  );
}
