import { float16Bits } from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';
import { byBothPaths, onBothPaths } from '../both.ts';

/** The value of a pattern without sign, by IEEE 754. */
const halfOf = (code: number): number =>
  code < 1024 ? code * 2 ** -24 : (1024 + (code & 1023)) * 2 ** ((code >> 10) - 25);

onBothPaths('float16Bits', () => {
  it('gives every finite pattern back, and between two neighbors the nearer, in the middle the even one', () => {
    const codes = Array.from({ length: 0x7c00 }, (_, code) => code);
    const near: number[] = [];
    const expected: number[] = [];
    for (const code of codes) {
      const [here, next] = [halfOf(code), halfOf(code + 1)];
      const middle = (here + next) / 2;
      const ulp = 2 ** (Math.floor(Math.log2(middle)) - 23);
      near.push(here, middle - ulp, middle, middle + ulp);
      expected.push(code, code, code + (code & 1), code + 1);
    }
    const signed = [...near, ...near.map((value) => -value)];
    expect(float16Bits(Float32Array.from(signed))).toEqual(
      Uint16Array.from([...expected, ...expected.map((code) => code | 0x8000)]),
    );
  });
  it('has infinity from 65520 on, NaN with its sign, and 0 up to 2^-25', () => {
    const x = new Float32Array([65520, -65519.996, 1e38, Number.NEGATIVE_INFINITY, 2 ** -25, -(2 ** -149), Number.NaN]);
    expect([...float16Bits(x)]).toEqual([0x7c00, 0xfbff, 0x7c00, 0xfc00, 0, 0x8000, 0x7e00]);
  });
  it('writes where it is told', () => {
    const out = new Uint16Array(2);
    expect(float16Bits(Float32Array.of(1, -2), { out })).toBe(out);
    expect([...out]).toEqual([0x3c00, 0xc000]);
  });
});

describe('float16Bits', () => {
  it('gives by the kernel what the reference gives, over all exponents', () => {
    const words = Uint32Array.from({ length: 1 << 20 }, (_, i) => Math.imul(i, 4099));
    const { reference, kernel } = byBothPaths(() => float16Bits(new Float32Array(words.buffer)));
    expect(Buffer.from(kernel.buffer).equals(Buffer.from(reference.buffer))).toBe(true);
  });
  it('gives the same where one entry among plain ones is another', () => {
    // The kernel takes eight that are all from 2^-14 up to 2^16 another way.
    const edges = [
      0, 1, 0x33000001, 0x387fffff, 0x38800000, 0x477fefff, 0x477fffff, 0x47800000, 0x7f800000, 0x7fc00000,
    ];
    const words = edges
      .flatMap((edge) => [edge, edge + 1, (edge | 0x80000000) >>> 0])
      .flatMap((word) =>
        [0, 1, 2, 3, 4, 5, 6, 7].flatMap((place) =>
          Array.from({ length: 8 }, (_, i) => (i === place ? word : (0x38801000 + 0x1e21000 * i) | (i << 31))),
        ),
      );
    const { reference, kernel } = byBothPaths(() => float16Bits(new Float32Array(Uint32Array.from(words).buffer)));
    expect([...kernel]).toEqual([...reference]);
  });
});
