export const MIN_SIZE = { PAGEFERRY_AUTO_MIN_SIZE: '16M' };
