/** Options that are right by themselves but not together, or not on this system. The message names the option. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
