import { expect, it } from 'vitest';
import { float16Bits, fromFloat16Bits } from '../../src/index.ts';

const every = Uint16Array.from({ length: 65_536 }, (_, code) => code);

/** IEEE 754: sign · 2^(e − 15) · (1 + m / 1024), 2^-14 · m / 1024 for e = 0, infinity or NaN for e = 31. */
function halfOf(code: number): number {
  const sign = code & 0x8000 ? -1 : 1;
  const [e, m] = [(code >> 10) & 31, code & 1023];
  if (e === 31) return m ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (e ? 2 ** (e - 15) * (1 + m / 1024) : (2 ** -14 * m) / 1024);
}

it('fromFloat16Bits(codes) has the value of the definition for each of the 65,536 patterns', () => {
  expect([...fromFloat16Bits(every)]).toEqual([...every].map(halfOf));
});

it('fromFloat16Bits(codes) keeps the sign and the payload of NaN', () => {
  const bits = new Uint32Array(fromFloat16Bits(Uint16Array.of(0x7e00, 0xfe01, 0x7c01)).buffer);
  expect([...bits]).toEqual([0x7fc00000, 0xffc02000, 0x7f802000]);
});

it('float16Bits takes every value back to its pattern', () => {
  const codes = every.filter((code) => (code & 0x7fff) <= 0x7c00);
  expect(float16Bits(fromFloat16Bits(codes))).toEqual(codes);
});

it('fromFloat16Bits(codes) reads a part of a larger array, and nothing', () => {
  expect([...fromFloat16Bits(Uint16Array.of(0, 0x3c00, 0xbc00).subarray(1))]).toEqual([1, -1]);
  expect(fromFloat16Bits(new Uint16Array(0))).toEqual(new Float32Array(0));
});
