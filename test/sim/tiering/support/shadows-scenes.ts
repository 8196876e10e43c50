export const UNIT = 2 ** 21;
