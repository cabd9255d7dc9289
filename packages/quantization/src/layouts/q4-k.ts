import { readHalf, writeHalf } from './half-scale.ts';

const { fround } = Math;
const PARTS = 8;
const SIZE = 32;
const MOST = 15;
const STEPS = 20;
/** Adding it to a float32 rounds to a whole number, halves to even, below 2^22. */
const ROUND = 1.5 * 2 ** 52;
const nearest = (x: number) => x + ROUND - ROUND;

/** A line scale · code − min that fits 32 values. */
interface Fit {
  scale: number;
  min: number;
  codes: Uint8Array;
}

/** Weights: each magnitude and the root of the mean square of all. */
function weightsOf(x: Float32Array): Float32Array {
  let squares = 0;
  for (const value of x) squares = fround(squares + fround(value * value));
  const rms = fround(Math.sqrt(fround(squares / SIZE)));
  return x.map((value) => fround(rms + Math.abs(value)));
}

function codesAt(x: Float32Array, min: number, inverse: number): Uint8Array {
  const codes = new Uint8Array(SIZE);
  for (let i = 0; i < SIZE; i++) codes[i] = Math.max(0, Math.min(MOST, nearest(fround(inverse * fround(x[i]! - min)))));
  return codes;
}

function errorOf(x: Float32Array, weights: Float32Array, codes: Uint8Array, scale: number, min: number): number {
  let error = 0;
  for (let i = 0; i < SIZE; i++) {
    const off = fround(fround(fround(scale * codes[i]!) + min) - x[i]!);
    error = fround(error + fround(weights[i]! * fround(off * off)));
  }
  return error;
}

/**
 * The codes of 21 scales around (max − min) / 15, and for each the line of least weighted squares through its codes, kept below
 * 0 at its end: the one with the least error. In float32, one operation after the other.
 */
function fitOf(x: Float32Array): Fit {
  const weights = weightsOf(x);
  let [low, high] = [x[0]!, x[0]!];
  let [sumW, sumX] = [0, 0];
  for (let i = 0; i < SIZE; i++) {
    low = Math.min(low, x[i]!);
    high = Math.max(high, x[i]!);
    sumW = fround(sumW + weights[i]!);
    sumX = fround(sumX + fround(weights[i]! * x[i]!));
  }
  low = Math.min(low, 0);
  if (high === low) return { scale: 0, min: -low, codes: new Uint8Array(SIZE) };
  const range = fround(high - low);
  const inverse = fround(MOST / range);
  let [scale, min] = [fround(1 / inverse), low];
  let codes = codesAt(x, low, inverse);
  let least = errorOf(x, weights, codes, scale, min);
  const step = fround(0.1);
  for (let s = 0; s <= STEPS; s++) {
    const tried = codesAt(x, low, fround(fround(fround(fround(step * s) - 1) + MOST) / range));
    let [sumL, sumLL, sumXL] = [0, 0, 0];
    for (let i = 0; i < SIZE; i++) {
      const weighted = fround(weights[i]! * tried[i]!);
      sumL = fround(sumL + weighted);
      sumLL = fround(sumLL + fround(weighted * tried[i]!));
      sumXL = fround(sumXL + fround(weighted * x[i]!));
    }
    const determinant = fround(fround(sumW * sumLL) - fround(sumL * sumL));
    if (!(determinant > 0)) continue;
    let slope = fround(fround(fround(sumW * sumXL) - fround(sumX * sumL)) / determinant);
    let start = fround(fround(fround(sumLL * sumX) - fround(sumL * sumXL)) / determinant);
    if (start > 0) [start, slope] = [0, fround(sumXL / sumLL)];
    const error = errorOf(x, weights, tried, slope, start);
    if (error < least) [least, scale, min, codes] = [error, slope, start, tried];
  }
  return { scale, min: -min, codes };
}

/** Six bits each of scale and min of part j: the first four in bytes of their own, the others in nibbles and two high bits. */
function writePart(bytes: Uint8Array, j: number, scale: number, min: number): void {
  if (j < 4) {
    bytes[4 + j]! |= scale;
    bytes[8 + j]! |= min;
    return;
  }
  bytes[8 + j] = (scale & 15) | ((min & 15) << 4);
  bytes[j]! |= (scale >> 4) << 6;
  bytes[4 + j]! |= (min >> 4) << 6;
}

function readPart(bytes: Uint8Array, j: number): [number, number] {
  if (j < 4) return [bytes[4 + j]! & 63, bytes[8 + j]! & 63];
  return [(bytes[8 + j]! & 15) | ((bytes[j]! >> 6) << 4), (bytes[8 + j]! >> 4) | ((bytes[4 + j]! >> 6) << 4)];
}

/** float16 d and dmin, 12 bytes of 6-bit scales and mins for 8 parts of 32 values, 128 bytes of codes. */
export function encodeQ4K(x: Float32Array, bytes: Uint8Array): void {
  const fits = Array.from({ length: PARTS }, (_, j) => fitOf(x.subarray(j * SIZE, (j + 1) * SIZE)));
  const scale = Math.max(0, ...fits.map((fit) => fit.scale));
  const min = Math.max(0, ...fits.map((fit) => fit.min));
  const [perScale, perMin] = [scale > 0 ? fround(63 / scale) : 0, min > 0 ? fround(63 / min) : 0];
  bytes.fill(0);
  const d = writeHalf(bytes, 0, fround(scale / 63));
  const dmin = writeHalf(bytes, 2, fround(min / 63));
  // As the reference does in 8 bits: a scale below 0 counts as 256 more.
  const six = (value: number) => Math.min(63, nearest(fround(value)) & 255);
  fits.forEach((fit, j) => {
    writePart(bytes, j, six(perScale * fit.scale), six(perMin * fit.min));
  });
  fits.forEach(({ codes }, j) => {
    const [partScale, partMin] = readPart(bytes, j);
    const unit = fround(d * partScale);
    const offset = fround(dmin * partMin);
    for (let i = 0; i < SIZE; i++) {
      if (unit !== 0) codes[i] = Math.max(0, Math.min(MOST, nearest(fround(fround(x[j * SIZE + i]! + offset) / unit))));
      bytes[16 + (j >> 1) * SIZE + i]! |= codes[i]! << (4 * (j & 1));
    }
  });
}

export function decodeQ4K(bytes: Uint8Array, out: Float32Array): void {
  const [d, dmin] = [readHalf(bytes, 0), readHalf(bytes, 2)];
  for (let j = 0; j < PARTS; j++) {
    const [scale, min] = readPart(bytes, j);
    const [unit, offset] = [fround(d * scale), fround(dmin * min)];
    for (let i = 0; i < SIZE; i++) {
      const code = (bytes[16 + (j >> 1) * SIZE + i]! >> (4 * (j & 1))) & 15;
      out[j * SIZE + i] = fround(unit * code) - offset;
    }
  }
}
