/**
 * ln and exp of additions, multiplications and divisions alone, whose bits IEEE 754 fixes; those of Math.log and Math.exp are left to
 * each engine. Both are within 2 units in the last place of the exact value.
 */

/** ln 2 in two parts, of which the first has 20 zeros at its end: products with exponents are exact. */
const [LN2_HIGH, LN2_LOW] = [0.6931471803691238, 1.9082149292705877e-10] as const;
const INVERSE_LN2 = Math.LOG2E;
const view = new DataView(new ArrayBuffer(8));

/** ln x for a finite x above 0. */
export function ln(x: number): number {
  if (x < 2 ** -1022) return ln(x * 2 ** 54) - 54 * Math.LN2;
  view.setFloat64(0, x);
  const high = view.getInt32(0);
  let exponent = (high >> 20) - 1023;
  view.setInt32(0, (high & 0xfffff) | 0x3ff00000);
  let m = view.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    exponent++;
  }
  const f = m - 1;
  // ln m = 2 artanh s = 2 (s + s³ / 3 + s⁵ / 5 + ...) with s = f / (2 + f), at most 0.172: the next term is below 2^-61 of the sum.
  const s = f / (2 + f);
  const z = s * s;
  let series = 0;
  for (let k = 23; k >= 3; k -= 2) series = series * z + 2 / k;
  // 2 s = f - s f.
  return exponent * LN2_HIGH + (f - s * (f - z * series) + exponent * LN2_LOW);
}

/** e^-x for x of 0 or more; 0 above 708. */
export function expMinus(x: number): number {
  if (x > 708) return 0;
  const k = Math.round(x * INVERSE_LN2);
  const r = k * LN2_HIGH - x + k * LN2_LOW;
  // |r| is at most ln 2 / 2: the next term is below 2^-57.
  let series = 1;
  for (let n = 14; n >= 1; n--) series = 1 + (series * r) / n;
  view.setInt32(0, (1023 - k) << 20);
  view.setInt32(4, 0);
  return series * view.getFloat64(0);
}
