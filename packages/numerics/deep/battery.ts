/** A law to compare draws with. */
export interface Law {
  cdf(x: number): number;
  /** The raw moment E[x^k], for k up to 2 * MOMENTS. */
  moment(k: number): number;
}

const MOMENTS = 6;
const LAGS = [1, 2, 3, 4, 5, 7, 8, 16, 31, 32, 64, 127, 1024, 4096, 65_536, 1_000_000];

/** Every bound is passed by sound draws but about once in a million seeds: 5 standard errors have 5.7e-7 outside. */
export const ERRORS = 5;

const exceeds = (what: string, standardErrors: number): string[] =>
  Math.abs(standardErrors) <= ERRORS ? [] : [`${what}: ${standardErrors.toFixed(2)} standard errors off`];

/** The mean of x^k has the variance (E[x^2k] - E[x^k]^2) / n. */
function momentComplaints(x: Float32Array, law: Law): string[] {
  return Array.from({ length: MOMENTS }, (_, i) => i + 1).flatMap((k) => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += x[i]! ** k;
    const expected = law.moment(k);
    const error = Math.sqrt((law.moment(2 * k) - expected ** 2) / x.length);
    return exceeds(`moment ${k}`, (sum / x.length - expected) / error);
  });
}

/** Of independent draws the correlation at a lag is normal with variance 1 / n. */
export function correlation(x: Float32Array, y: Float32Array, law: Law, lag = 0): number {
  const mean = law.moment(1);
  const variance = law.moment(2) - mean ** 2;
  const n = x.length - lag;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (x[i]! - mean) * (y[i + lag]! - mean);
  return sum / (variance * Math.sqrt(n));
}

/** Kolmogorov and Smirnov's distance; P(sqrt(n) D > t) <= 2 exp(-2 t^2) (Massart 1990), 1e-6 at t = sqrt(ln(2e6) / 2). */
function distanceComplaints(x: Float32Array, law: Law): string[] {
  const sorted = Float32Array.from(x).sort();
  let distance = 0;
  for (let i = 0; i < sorted.length; i++) {
    const p = law.cdf(sorted[i]!);
    distance = Math.max(distance, p - i / sorted.length, (i + 1) / sorted.length - p);
  }
  const scaled = Math.sqrt(x.length) * distance;
  const bound = Math.sqrt(Math.log(2e6) / 2);
  return scaled <= bound ? [] : [`distance: ${scaled.toFixed(2)}, above ${bound.toFixed(2)}`];
}

/** What is wrong with draws from a law: nothing for sound ones. */
export function battery(x: Float32Array, law: Law): string[] {
  const lags = LAGS.filter((lag) => lag < x.length / 2);
  return [
    ...momentComplaints(x, law),
    ...distanceComplaints(x, law),
    ...lags.flatMap((lag) => exceeds(`correlation at lag ${lag}`, correlation(x, x, law, lag))),
  ];
}

/**
 * What is wrong with random words: each bit is one in half of them, each bit differs from that of the word before in half, and
 * the pairs of top bytes and of bottom bytes are equally frequent (chi-squared has mean 65535 and variance 2 * 65535).
 */
export function bitBattery(words: Uint32Array): string[] {
  const n = words.length;
  const complaints: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    let ones = 0;
    let changes = 0;
    for (let i = 0; i < n; i++) ones += (words[i]! >>> bit) & 1;
    for (let i = 1; i < n; i++) changes += ((words[i]! ^ words[i - 1]!) >>> bit) & 1;
    complaints.push(...exceeds(`bit ${bit}`, (ones - n / 2) / (Math.sqrt(n) / 2)));
    complaints.push(...exceeds(`changes of bit ${bit}`, (changes - (n - 1) / 2) / (Math.sqrt(n - 1) / 2)));
  }
  for (const shift of [24, 0]) {
    const counts = new Float64Array(65_536);
    const pairs = Math.floor(n / 2);
    for (let i = 0; i < 2 * pairs; i += 2)
      counts[(((words[i]! >>> shift) & 255) << 8) | ((words[i + 1]! >>> shift) & 255)]!++;
    const expected = pairs / 65_536;
    const squared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    complaints.push(...exceeds(`pairs of bytes at bit ${shift}`, (squared - 65_535) / Math.sqrt(2 * 65_535)));
  }
  return complaints;
}
