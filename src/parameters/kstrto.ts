/** Reads module parameters as the kernel does (lib/kstrtox.c), so that scripts for `/sys/module/dcbm` work here. */

const TRUE = 'eEyYtT1';
const FALSE = 'dDnNfF0';

/**
 * Reads a boolean as kstrtobool does. The first letter decides (`y`, `t`, `e`, `1` or `n`, `f`, `d`, `0`), and after an `o`
 * the second (`on`, `off`), in either case. The rest is ignored, so a newline does no harm. Returns `undefined` where the
 * kernel returns -EINVAL.
 */
export function kstrtobool(text: string): boolean | undefined {
  // charAt of an empty text is '', which every string includes.
  if (text === '') return undefined;
  const first = text.charAt(0);
  if (TRUE.includes(first)) return true;
  if (FALSE.includes(first)) return false;
  if (!/^o[nf]/i.test(text)) return undefined;
  return text.charAt(1).toLowerCase() === 'n';
}

const UNSIGNED = /^\+?(?:0x(?<hex>[\da-f]+)|(?<octal>0[0-7]*)|(?<decimal>[1-9]\d*))\n?$/i;

/**
 * Reads a number of 32 bits as kstrtouint does with base 0. `0x` begins hexadecimal, any other leading `0` octal. One `+`
 * before it and one newline after it are accepted, and nothing else. Returns `undefined` where the kernel returns -EINVAL,
 * or -ERANGE for more than 4294967295.
 */
export function kstrtouint(text: string): number | undefined {
  const { hex, octal, decimal } = UNSIGNED.exec(text)?.groups ?? {};
  const value =
    hex !== undefined
      ? Number.parseInt(hex, 16)
      : octal !== undefined
        ? Number.parseInt(octal, 8)
        : Number.parseInt(decimal ?? '', 10);
  // NaN compares false with everything.
  return value < 2 ** 32 ? value : undefined;
}
