/**
 * The token that `pageferry serve` prints behind the address, as `#token=…`. A fragment is never sent to a server nor
 * told to another page; what the page sends is an Authorization header, by which no other page can speak for this one.
 * It is kept for this tab and this port alone, so that a reload goes on working. A cookie would be sent to every other
 * port of this host too.
 */
const KEY = 'pageferry.token';
const IN_ADDRESS = /^#token=([\w-]+)$/;

/** Moves the token out of the address bar, where it could be copied or seen. Returns whether there was one. */
export function takeTokenFromAddress(): boolean {
  const token = IN_ADDRESS.exec(location.hash)?.[1];
  if (token === undefined) return false;
  keepToken(token);
  history.replaceState(null, '', `${location.pathname}#/live`);
  return true;
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

export function keptToken(): string | null {
  return sessionStorage.getItem(KEY);
}
