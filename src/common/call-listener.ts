/** Calls a listener of the program. `thrown` gets the error that it throws, or with which its promise is rejected. */
export function callListener(call: () => unknown, thrown: (error: unknown) => void): void {
  try {
    const result = call();
    if (typeof result === 'object' && result !== null) Promise.resolve(result).catch(thrown);
  } catch (error) {
    thrown(error);
  }
}
