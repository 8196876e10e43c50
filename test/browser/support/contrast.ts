import type { Page } from 'playwright-core';
import type { PageElement, PageScope } from './in-page.js';

/** Text of a page whose contrast to its ground is less than WCAG 2 asks for at level AA: what, and how much it has. */
export function tooFaint(page: Page): Promise<string[]> {
  return page.evaluate(findFaint);
}

/** Runs in the page, so it has nothing from outside. */
function findFaint(): string[] {
  const { document, getComputedStyle } = globalThis as unknown as PageScope;
  const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  /** Red, green, blue and opacity of a colour in whatever notation, over what is painted already. */
  const paint = (colors: readonly string[]): number[] => {
    pixel.fillStyle = '#fff';
    pixel.fillRect(0, 0, 1, 1);
    for (const color of colors) {
      pixel.fillStyle = color;
      pixel.fillRect(0, 0, 1, 1);
    }
    return [...pixel.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (colors: readonly string[]): number => {
    const [red, green, blue] = paint(colors).map((byte) => {
      const part = byte / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  /** The backgrounds under an element, the lowest first. */
  const grounds = (element: PageElement): string[] => {
    const all: string[] = [];
    for (let at: PageElement | null = element; at !== null; at = at.parentElement) {
      all.unshift(getComputedStyle(at).backgroundColor);
    }
    return all;
  };
  const found: string[] = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(
      ({ nodeType, textContent }) => nodeType === 3 && textContent.trim() !== '',
    );
    // What cannot be used may be faint.
    if (!own || element.matches(':disabled, option') || !element.checkVisibility()) continue;
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const under = grounds(element);
    const [text, ground] = [luminance([...under, color]), luminance(under)];
    const contrast = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
    const px = Number.parseFloat(fontSize);
    const large = px >= 24 || (px >= 18.66 && Number(fontWeight) >= 700);
    if (contrast < (large ? 3 : 4.5))
      found.push(`${element.textContent.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return found;
}
