import { describe, expect, test } from 'vitest';
import { dequantizeValues, matMulNBits, quantizeValues } from '../../src/index.ts';
import { normals } from '../helpers.ts';

describe('matMulNBits', () => {
  /** The operator's documentation read one value at a time: B[n, block, i], lowest bits first, default zero point 2^(bits - 1). */
  test.each([
    [70, 3, 4, 32, false],
    [70, 3, 4, 32, true],
    [64, 2, 2, 16, true],
    [33, 5, 8, 32, true],
    [5, 2, 2, 16, false],
  ] as const)('%d by %d, %d bits in blocks of %d, affine %s', (K, N, bits, blockSize, affine) => {
    const kernel = normals(K * N);
    const made = matMulNBits(kernel, [K, N], { bits, blockSize, affine });
    const blocks = Math.ceil(K / blockSize);
    expect(made.B).toHaveLength((N * blocks * blockSize * bits) / 8);
    expect(made.scales).toHaveLength(N * blocks);
    if (affine) expect(made.zero_points).toHaveLength(N * Math.ceil((blocks * bits) / 8));
    const wanted = dequantizeValues(
      quantizeValues(kernel, [K, N], {
        dtype: `uint${bits}`,
        granularity: { group: blockSize, axis: 0 },
        scheme: affine ? 'affine' : 'noClipping',
      }),
    );
    const code = (bytes: Uint8Array, row: number, rowBytes: number, i: number) =>
      (bytes[row * rowBytes + Math.floor((i * bits) / 8)]! >> ((i * bits) % 8)) & (2 ** bits - 1);
    for (let n = 0; n < N; n++)
      for (let k = 0; k < K; k++) {
        const block = Math.floor(k / blockSize);
        const zero = made.zero_points
          ? code(made.zero_points, n, Math.ceil((blocks * bits) / 8), block)
          : 2 ** (bits - 1);
        const q = code(made.B, n, (blocks * blockSize * bits) / 8, k);
        expect(Math.fround((q - zero) * made.scales[n * blocks + block]!) + 0).toBe(wanted[k * N + n]! + 0);
      }
  });

  test('refuses what the operator does not take', () => {
    const kernel = new Float32Array(6);
    expect(() => matMulNBits(kernel, [2, 2])).toThrow('matMulNBits: shape must have 6 entries, got 4');
    expect(() => matMulNBits(kernel, [6] as never)).toThrow('matMulNBits: shape must be [K, N]');
    expect(() => matMulNBits(kernel, [2, 3], { bits: 3 as never })).toThrow(
      'matMulNBits: bits must be 2, 4 or 8, got 3',
    );
    expect(() => matMulNBits(kernel, [2, 3], { blockSize: 24 })).toThrow(
      'matMulNBits: blockSize must be a power of two',
    );
    expect(() => matMulNBits(kernel.fill(Number.NaN), [2, 3])).toThrow(
      'matMulNBits: values must be finite, got NaN at values[0]',
    );
  });
});
