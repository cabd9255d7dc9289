import type { Complex } from './complex.ts';
import { radix4 } from './radix4.ts';
import { rootsOfUnity } from './roots-of-unity.ts';

const zeros = (n: number): Complex => ({ re: new Float64Array(n), im: new Float64Array(n) });

/** a[i] = b[i] c[i]; `a` may be b. */
function times(a: Complex, b: Complex, c: Complex, n: number): void {
  for (let i = 0; i < n; i++) {
    const x = b.re[i]!;
    const y = b.im[i]!;
    const u = c.re[i]!;
    const v = c.im[i]!;
    a.re[i] = x * u - y * v;
    a.im[i] = x * v + y * u;
  }
}

/** exp(-pi i k^2 / n): k^2 modulo 2 n, which is exact, picks the root of unity. */
function chirpOf(n: number): Complex {
  const roots = rootsOfUnity(2 * n);
  const chirp = zeros(n);
  for (let k = 0, square = 0; k < n; square = (square + 2 * k + 1) % (2 * n), k++) {
    chirp.re[k] = roots.re[square]!;
    chirp.im[k] = roots.im[square]!;
  }
  return chirp;
}

/** The conjugate chirp at -n + 1 .. n - 1, wrapped round into `size` places, transformed. */
function filterOf({ re, im }: Complex, roots: Complex): Complex {
  const size = roots.re.length;
  const filter = zeros(size);
  for (let k = 0; k < re.length; k++) {
    for (const place of [k, (size - k) % size]) {
      filter.re[place] = re[k]!;
      filter.im[place] = -im[k]!;
    }
  }
  return radix4(filter, roots);
}

/**
 * The discrete Fourier transform of any number n of numbers, 2 or more: j k = (j^2 + k^2 - (k - j)^2) / 2 makes it a
 * convolution with a chirp, done by three transforms of a power of two of 2 n - 1 or more.
 */
export function bluestein(signal: Complex): Complex {
  const n = signal.re.length;
  let size = 1;
  while (size < 2 * n - 1) size *= 2;
  const chirp = chirpOf(n);
  const roots = rootsOfUnity(size);
  const padded = zeros(size);
  times(padded, signal, chirp, n);
  const spectrum = radix4(padded, roots);
  times(spectrum, spectrum, filterOf(chirp, roots), size);
  // The inverse transform is the transform with real and imaginary parts swapped, twice.
  const back = radix4({ re: spectrum.im, im: spectrum.re }, roots);
  const result = zeros(n);
  times(result, { re: back.im, im: back.re }, chirp, n);
  for (let i = 0; i < n; i++) {
    result.re[i] = result.re[i]! / size;
    result.im[i] = result.im[i]! / size;
  }
  return result;
}
