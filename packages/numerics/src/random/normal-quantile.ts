/**
 * The float32 polynomials of the normal fills, made by least squares reweighted towards the least maximum relative
 * error (Lawson 1961). They approximate sqrt(2) erfinv(u) / u as a function of w = -ln(1 - u^2), the idea of Giles
 * 2010, "Approximating the erfinv function", and ln(1 + f) between sqrt(1/2) and sqrt(2). Highest power first.
 */
export const CENTRAL = [
  -1.2432431e-8, 3.285592e-8, 6.5926486e-7, -4.897004e-6, -7.0192336e-6, 0.00030878567, -0.0017716446, -0.005907717,
  0.34880203, 2.1233134,
].map(Math.fround);
export const TAIL = [
  0.00016363048, -0.00043780258, -8.029474e-5, 0.002100238, -0.0050874995, 0.008042595, -0.010800757, 0.013357652,
  1.4165823, 4.0064344,
].map(Math.fround);
export const LOG = [
  0.07037586, -0.115145594, 0.11677012, -0.12420149, 0.14249322, -0.16668057, 0.20000714, -0.24999994, 0.3333333,
].map(Math.fround);
const LN2 = Math.fround(Math.LN2);
const ROOT2 = Math.fround(Math.SQRT2);

const fround = Math.fround;
const float = new Float32Array(1);
const word = new Int32Array(float.buffer);

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = coefficients[0]!;
  for (let i = 1; i < coefficients.length; i++) sum = fround(fround(sum * x) + coefficients[i]!);
  return sum;
}

/** ln(x) of a normal positive float32, every step rounded to float32. */
function logFloat(x: number): number {
  float[0] = x;
  let exponent = (word[0]! >> 23) - 127;
  word[0] = (word[0]! & 0x7fffff) | 0x3f800000;
  let m = float[0]!;
  if (m > ROOT2) {
    m = fround(m * 0.5);
    exponent++;
  }
  const f = fround(m - 1);
  const ff = fround(f * f);
  const cubic = fround(fround(polynomial(LOG, f) * f) * ff);
  return fround(fround(exponent * LN2) + fround(f + fround(fround(ff * -0.5) + cubic)));
}

/**
 * sqrt(2) erfinv(u) of a float32 u with |u| at most 1 - 2^-24: the standard normal quantile of (1 + u) / 2. Every
 * step is rounded to float32 and none is fused, so that every engine and the WebAssembly kernel give the same bits;
 * within 3.3 units in the last place of the exact value for every u that a normal fill can draw.
 */
export function normalQuantile(u: number): number {
  const w = -logFloat(fround(fround(1 - u) * fround(1 + u)));
  const ratio = w < 5 ? polynomial(CENTRAL, fround(w - 2.5)) : polynomial(TAIL, fround(fround(Math.sqrt(w)) - 3));
  return fround(ratio * u);
}
