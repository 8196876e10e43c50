const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for content and quoted attributes of HTML and SVG. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/**
 * An element. Attributes and the text of `textElement` are escaped here. Children are markup. No other function makes
 * markup from outside text.
 */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>> = {},
  children: readonly string[] = [],
): string {
  const written = Object.entries(attributes).map(([key, value]) => {
    const text = typeof value === 'number' ? String(Math.round(value * 100) / 100) : value;
    return ` ${key}="${escapeText(text)}"`;
  });
  return `<${name}${written.join('')}>${children.join('')}</${name}>`;
}

export function textElement(
  name: string,
  text: string,
  attributes: Readonly<Record<string, string | number>> = {},
): string {
  return element(name, attributes, [escapeText(text)]);
}
