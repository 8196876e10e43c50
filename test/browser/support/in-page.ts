/**
 * What tests say about things of the page, in functions that run there. The project is compiled without the types of a
 * browser, so that no module of it uses one by mistake.
 */
export interface PageElement {
  readonly textContent: string;
  readonly outerHTML: string;
  readonly children: Iterable<PageElement>;
  readonly firstElementChild: PageElement;
  readonly parentElement: PageElement | null;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string }>;
  readonly labels?: Iterable<PageElement> | null;
  open?: boolean;
  readonly style: { color: string };
  matches(selector: string): boolean;
  checkVisibility(): boolean;
  getBoundingClientRect(): Readonly<Record<'left' | 'right' | 'top' | 'bottom', number>>;
  querySelectorAll(selector: string): Iterable<PageElement>;
  getAttribute(name: string): string | null;
}

export interface PageCanvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d', options?: object): PageDrawing;
}

export interface PageDrawing {
  fillStyle: string;
  fillRect(left: number, top: number, width: number, height: number): void;
  getImageData(
    left: number,
    top: number,
    width: number,
    height: number,
  ): { readonly data: Uint8ClampedArray };
}

export interface PageStyle {
  readonly backgroundColor: string;
  readonly color: string;
  readonly fontSize: string;
  readonly fontWeight: string;
  readonly outlineStyle: string;
  readonly outlineWidth: string;
}

/** The globals of a page. */
export interface PageScope {
  readonly location: { hash: string };
  readonly document: {
    readonly activeElement: PageElement;
    readonly documentElement: { readonly scrollWidth: number };
    readonly body: PageElement;
    querySelectorAll(selector: string): Iterable<PageElement> & { readonly length: number };
    createElement(name: 'canvas'): PageCanvas;
    addEventListener(type: 'DOMContentLoaded', action: () => void): void;
  };
  getComputedStyle(element: PageElement): PageStyle;
  requestAnimationFrame(action: () => void): void;
}
