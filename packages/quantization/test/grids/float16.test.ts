import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { float16Bits, fromFloat16Bits } from '../../src/index.ts';
import { base64, bitsOf, floatOf, floats, golden, sha256, shorts } from '../helpers.ts';

interface Case {
  data: string;
  codes: string;
  count: number;
  data_sha256: string;
  codes_sha256: string;
  values_sha256: string;
}
const [marks, random, decoded] = golden<Case>('float16') as [Case, Case, Case];

const bitsOfOne = (x: number): number => float16Bits(Float32Array.of(x))[0]!;

/** The definition: sign · 2^(e − 15) · (1 + m / 1024), 2^-14 · m / 1024 for e = 0, infinity for e = 31. */
function halfOf(code: number): number {
  const sign = code & 0x8000 ? -1 : 1;
  const e = (code >> 10) & 31;
  const m = code & 1023;
  if (e === 31) return m ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (e ? 2 ** (e - 15) * (1 + m / 1024) : (2 ** -14 * m) / 1024);
}

/** Every float16, every tie of two, and the float32 neighbors of these toward 0 and away, as golden/quantization.py makes them. */
function everyMark(): Float32Array {
  const every = Array.from({ length: 0x7c00 }, (_, code) => halfOf(code));
  const ties = every.slice(1).map((x, i) => (x + every[i]!) / 2);
  const all = Float32Array.from([...every, ...ties, 65519.996, 65519]);
  const bits = bitsOf(all);
  const near = [
    all,
    Float32Array.from(bits, (b) => (b ? floatOf(b - 1) : 0)),
    Float32Array.from(bits, (b) => floatOf(b + 1)),
  ];
  const positive = near.flatMap((part) => [...part]);
  return Float32Array.from([...positive, ...positive.map((x) => -x)].filter((x) => Math.abs(x) < 65520));
}

describe('float16Bits', () => {
  test('float16Bits(values) equals numpy at every float16, every tie of two and the float32 neighbors of these', async () => {
    const values = everyMark();
    expect(values.length).toBe(marks.count);
    expect(await sha256(values)).toBe(marks.data_sha256);
    expect(await sha256(float16Bits(values))).toBe(marks.codes_sha256);
  });

  test('float16Bits(values) equals numpy on random bits', () => {
    expect(base64(float16Bits(floats(random.data)))).toBe(random.codes);
  });

  test('float16Bits(values) rounds ties to even, in normal and subnormal values', () => {
    expect(bitsOfOne(2049)).toBe(bitsOfOne(2048));
    expect(bitsOfOne(2051)).toBe(bitsOfOne(2052));
    expect(bitsOfOne(2 ** -25)).toBe(0);
    expect(bitsOfOne(3 * 2 ** -25)).toBe(2);
    expect(bitsOfOne(floatOf(0x33000001))).toBe(1);
  });

  test('float16Bits(values) goes to infinity from 65520 on, and keeps signs and NaN', () => {
    expect(bitsOfOne(65519.996)).toBe(0x7bff);
    expect(bitsOfOne(65520)).toBe(0x7c00);
    expect(bitsOfOne(-3e38)).toBe(0xfc00);
    expect(bitsOfOne(Number.NEGATIVE_INFINITY)).toBe(0xfc00);
    expect(bitsOfOne(-0)).toBe(0x8000);
    expect(bitsOfOne(-1e-40)).toBe(0x8000);
    expect(bitsOfOne(Number.NaN) & 0x7fff).toBe(0x7e00);
  });

  test('float16Bits(values) takes a part of a longer buffer and leaves it as it is', () => {
    const all = Float32Array.of(9, 1, 2, 9);
    expect([...float16Bits(all.subarray(1, 3))]).toEqual([0x3c00, 0x4000]);
    expect([...all]).toEqual([9, 1, 2, 9]);
  });

  test('float16Bits(values) is never farther than another float16', () => {
    fc.assert(
      fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (x) => {
        const code = bitsOfOne(x);
        const error = Math.abs(halfOf(code) - x);
        const neighbors = [code - 1, code + 1].filter((c) => c >= 0 && Number.isFinite(halfOf(c)));
        return neighbors.every((c) => error <= Math.abs(halfOf(c) - x));
      }),
    );
  });
});

describe('fromFloat16Bits', () => {
  const codes = Uint16Array.from({ length: 65536 }, (_, i) => i);

  test('fromFloat16Bits(codes) is the definition for all 65536 codes', async () => {
    const numbers = codes.filter((code) => (code & 0x7fff) <= 0x7c00);
    expect(await sha256(fromFloat16Bits(numbers))).toBe(await sha256(Float32Array.from(numbers, halfOf)));
    expect(fromFloat16Bits(codes.filter((code) => (code & 0x7fff) > 0x7c00)).every(Number.isNaN)).toBe(true);
  });

  test('fromFloat16Bits(codes) equals numpy bit for bit', async () => {
    const finite = codes.filter((code) => (code & 0x7fff) <= 0x7c00);
    expect(finite.length).toBe(decoded.count);
    expect(await sha256(fromFloat16Bits(finite))).toBe(decoded.values_sha256);
  });

  test('fromFloat16Bits(codes) is undone by float16Bits', async () => {
    const numbers = codes.filter((code) => (code & 0x7fff) <= 0x7c00);
    expect(await sha256(float16Bits(fromFloat16Bits(numbers)))).toBe(await sha256(numbers));
    expect(base64(float16Bits(fromFloat16Bits(shorts(random.codes))))).toBe(random.codes);
  });
});
