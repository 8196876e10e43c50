/** Whether a version such as `6.18.44-generic` or `v20.20.2` is at least `least`. */
export function isAtLeast(version: string, least: readonly [number, number]): boolean {
  const match = version.match(/(\d+)\.(\d+)/);
  if (match === null) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > least[0] || (major === least[0] && minor >= least[1]);
}
