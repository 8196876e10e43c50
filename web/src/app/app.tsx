import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { BenchView } from '../bench/bench-view.js';
import { LabView } from '../lab/lab-view.js';
import { LiveView } from '../live/live-view.js';
import { Connected } from './connected.js';
import { Header } from './header.js';
import { useView, VIEW_TITLES, type View } from './route.js';

/** The lab needs no ferry: its machine runs in the page. */
const VIEW_COMPONENTS: Readonly<Record<View, () => JSX.Element>> = {
  live: () => <Connected view={LiveView} />,
  bench: () => <Connected view={BenchView} />,
  lab: LabView,
};

export function App() {
  const view = useView();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${VIEW_TITLES[view]} · pageferry`;
    // Who reads with a screen reader, or by keyboard, is taken to what has changed; not when the page has just opened.
    if (!first.current) main.current?.focus();
    first.current = false;
  }, [view]);
  const Shown = VIEW_COMPONENTS[view];
  return (
    <>
      <button type="button" class="skip-link" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <Header view={view} />
      <main ref={main} tabIndex={-1} aria-label={VIEW_TITLES[view]}>
        <Shown />
      </main>
    </>
  );
}
