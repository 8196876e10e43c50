/** Bytes of `poolWatermark` beyond what is moved to and fro: partly filled chunks of the pools. */
export const POOL_SLACK: number = 64 * 2 ** 20;
