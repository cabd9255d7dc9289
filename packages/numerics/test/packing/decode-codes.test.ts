import { blockAxes, blockCount, decodeCodes } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockOf, cut } from './blocks.ts';

describe('decodeCodes', () => {
  it('takes each entry by the scale and the zero point, or by the codebook, of its block, rounded once', () => {
    fc.assert(
      fc.property(
        cut,
        fc.constantFrom('plain', 'zeros', 'between', 'codebook'),
        fc.integer(),
        ({ shape, block }, kind, seed) => {
          const size = shape.reduce((a, b) => a * b, 1);
          const count = blockCount(shape, block);
          const draw = (i: number) => ((seed ^ (i * 2654435761)) >>> 3) % 251;
          const codes = Uint8Array.from({ length: size }, (_, i) => draw(i) % 16);
          const scales = Float32Array.from({ length: count }, (_, k) => 0.1 + draw(k) / 7);
          const zero = (_: unknown, k: number) => (draw(k + 99) % 160) / 10;
          const zeros = Float32Array.from({ length: count }, zero);
          const zeroPoints = kind === 'between' ? zeros : kind === 'zeros' ? Int32Array.from(zeros) : null;
          const codebook = kind === 'codebook' ? Float32Array.from({ length: 16 }, (_, c) => Math.sin(c)) : null;
          const wanted = Float32Array.from(codes, (code, i) => {
            const k = blockOf(i, shape, block);
            return (codebook ? codebook[code]! : code - (zeroPoints?.[k] ?? 0)) * scales[k]!;
          });
          const blocks = { shape, block, scales, zeroPoints, codebook };
          expect(decodeCodes(codes, blocks)).toEqual(wanted);
          // In parts, of any length.
          const step = 1 + (draw(7) % Math.max(1, size));
          for (let from = 0; from < size; from += step)
            expect(decodeCodes(codes.subarray(from, from + step), { ...blocks, from })).toEqual(
              wanted.subarray(from, from + step),
            );
        },
      ),
    );
  });

  it('gives nothing for nothing, and one value for a scalar', () => {
    expect(decodeCodes(new Int8Array(0), { shape: [0, 3], block: [1, 3], scales: new Float32Array(0) })).toHaveLength(
      0,
    );
    expect(decodeCodes(Int8Array.of(-3), { shape: [], block: [], scales: Float32Array.of(2) })).toEqual(
      Float32Array.of(-6),
    );
  });

  it('refuses what does not belong together', () => {
    const codes = Int8Array.of(-1, 2);
    const blocks = { shape: [2], block: [1], scales: Float32Array.of(1, 2) };
    const scales = Float32Array.of(1);
    const zeroPoints = Int32Array.of(1, 2);
    const codebook = Float32Array.of(1, 2, 3);
    expect(() => decodeCodes(codes, { ...blocks, scales })).toThrow('decodeCodes: scales must have length 2, got 1');
    expect(() => decodeCodes(codes, { ...blocks, zeroPoints: Int32Array.of(1) })).toThrow(
      'zeroPoints must have length 2',
    );
    expect(() => decodeCodes(codes, { ...blocks, from: 1 })).toThrow(
      'codes must end at 2, where the shape does, got 3',
    );
    expect(() => decodeCodes(codes, { ...blocks, codebook })).toThrow('codes must be 0 to 2, got -1 at codes[0]');
    expect(() => decodeCodes(Int8Array.of(1, 3), { ...blocks, codebook })).toThrow('got 3 at codes[1]');
    expect(() => decodeCodes(codes, { ...blocks, zeroPoints, codebook })).toThrow('zeroPoints must be null beside');
  });
});

describe('blockAxes', () => {
  it('joins axes that need not be told apart', () => {
    expect(blockAxes([3, 3, 8, 16], [3, 3, 8, 1])).toEqual([
      [72, 72],
      [16, 1],
    ]);
    expect(blockAxes([4, 5, 6], [1, 1, 6])).toEqual([[120, 6]]);
    expect(blockAxes([], [])).toEqual([[1, 1]]);
  });

  it('refuses edges that are none', () => {
    expect(() => blockAxes([2], [0])).toThrow('blockAxes: block must be a list of whole numbers above 0, got');
    expect(() => blockCount([2], [1, 1])).toThrow('blockCount: block must have an edge for each of 1 axes');
    expect(() => blockCount([-1], [1])).toThrow('blockCount: shape must be a list of whole numbers');
  });
});
