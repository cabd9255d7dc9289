import type { Complex } from './complex.ts';
import { rootsOfUnity } from './roots-of-unity.ts';

/** One pass over `stride` transforms of length n = 4 m, each turned into four of length m, in order. */
function pass4({ re: x, im: y }: Complex, { re: u, im: v }: Complex, n: number, stride: number, roots: Complex): void {
  const { re: cosines, im: sines } = roots;
  const quarter = (n / 4) * stride;
  for (let k = 0; k < quarter; k += stride) {
    const c1 = cosines[k]!;
    const s1 = sines[k]!;
    const c2 = cosines[2 * k]!;
    const s2 = sines[2 * k]!;
    const c3 = cosines[3 * k]!;
    const s3 = sines[3 * k]!;
    for (let a = k, o = 4 * k; a < k + stride; a++, o++) {
      const b = a + quarter;
      const c = b + quarter;
      const d = c + quarter;
      const sumRe = x[a]! + x[c]!;
      const sumIm = y[a]! + y[c]!;
      const restRe = x[a]! - x[c]!;
      const restIm = y[a]! - y[c]!;
      const oddRe = x[b]! + x[d]!;
      const oddIm = y[b]! + y[d]!;
      // -i (x[b] - x[d])
      const turnRe = y[b]! - y[d]!;
      const turnIm = x[d]! - x[b]!;
      u[o] = sumRe + oddRe;
      v[o] = sumIm + oddIm;
      const re1 = restRe + turnRe;
      const im1 = restIm + turnIm;
      u[o + stride] = re1 * c1 - im1 * s1;
      v[o + stride] = re1 * s1 + im1 * c1;
      const re2 = sumRe - oddRe;
      const im2 = sumIm - oddIm;
      u[o + 2 * stride] = re2 * c2 - im2 * s2;
      v[o + 2 * stride] = re2 * s2 + im2 * c2;
      const re3 = restRe - turnRe;
      const im3 = restIm - turnIm;
      u[o + 3 * stride] = re3 * c3 - im3 * s3;
      v[o + 3 * stride] = re3 * s3 + im3 * c3;
    }
  }
}

/** The last pass when one factor of two is left: sums and differences of the halves. */
function pass2({ re: x, im: y }: Complex, { re: u, im: v }: Complex): void {
  const half = x.length / 2;
  for (let a = 0, b = half; a < half; a++, b++) {
    u[a] = x[a]! + x[b]!;
    v[a] = y[a]! + y[b]!;
    u[b] = x[a]! - x[b]!;
    v[b] = y[a]! - y[b]!;
  }
}

/** The discrete Fourier transform of a power of two of numbers, by Stockham's ordering, which needs no bit reversal; the input is lost. */
export function radix4(signal: Complex, roots = rootsOfUnity(signal.re.length)): Complex {
  const n = signal.re.length;
  let from = signal;
  let to: Complex = { re: new Float64Array(n), im: new Float64Array(n) };
  let length = n;
  for (; length >= 4; length /= 4) {
    pass4(from, to, length, n / length, roots);
    [from, to] = [to, from];
  }
  if (length !== 2) return from;
  pass2(from, to);
  return to;
}
