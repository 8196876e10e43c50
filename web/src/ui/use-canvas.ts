import type { Ref } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { THEME_CHANGED } from '../app/theme.js';

/** A canvas on which `draw` draws `what`: again for another `what`, for another size, and for another theme. */
export function useCanvas<T>(
  draw: (canvas: HTMLCanvasElement, what: T) => void,
  what: T,
): Ref<HTMLCanvasElement> {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const redraw = () => {
      if (canvas.current !== null) draw(canvas.current, what);
    };
    redraw();
    const resized = new ResizeObserver(redraw);
    resized.observe(canvas.current!);
    addEventListener(THEME_CHANGED, redraw);
    return () => {
      resized.disconnect();
      removeEventListener(THEME_CHANGED, redraw);
    };
  }, [draw, what]);
  return canvas;
}
