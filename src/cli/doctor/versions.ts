/** Major, minor and patch level. */
export type Version = readonly [major: number, minor: number, patch: number];

/** The numbers of a version such as `6.18.44-generic`, `7.1-rc3` or `v20.20.2`, or undefined. */
export function parseVersion(text: string): Version | undefined {
  const match = text.match(/(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?/);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/** Below 0 where `a` is before `b`, 0 where they are the same, else above 0. */
export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Whether a version such as `6.18.44-generic` or `v20.20.2` is at least `min`. */
export function isAtLeast(version: string, min: readonly [number, number]): boolean {
  const found = parseVersion(version);
  return found !== undefined && compareVersions(found, [...min, 0]) >= 0;
}
