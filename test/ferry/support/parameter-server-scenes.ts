export const DCBM = '/module/dcbm/parameters';

export const HTTP = 'Host: x\r\nConnection: close\r\n';
