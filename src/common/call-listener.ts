/** Calls a listener of the program. `thrown` gets what it throws, and what the promise of an async one rejects with. */
export function callListener(call: () => unknown, thrown: (error: unknown) => void): void {
  try {
    const result = call();
    if (typeof result === 'object' && result !== null) Promise.resolve(result).catch(thrown);
  } catch (error) {
    thrown(error);
  }
}
