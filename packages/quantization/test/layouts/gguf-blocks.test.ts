import { describe, expect, test } from 'vitest';
import { fromGgufBlocks, type GgufType, ggufBlocks } from '../../src/index.ts';
import { base64, floats, golden, normals, octets } from '../helpers.ts';

interface Case {
  type: GgufType;
  data?: string;
  bytes: string;
  decoded: string;
}

const cases = golden<Case>('grid-blocks');

describe('ggufBlocks', () => {
  test.each(cases.filter((c) => c.data))('gives the bytes of the reference: $type', ({ type, data, bytes }) => {
    expect(base64(ggufBlocks(floats(data!), type))).toBe(bytes);
  });

  test.each(cases)('$type is decoded as gguf decodes it', ({ type, bytes, decoded }) => {
    expect([...fromGgufBlocks(octets(bytes), type)]).toEqual([...floats(decoded)]);
  });

  test('an error is a scale at most, and zeros stay', () => {
    for (const [type, most] of [
      ['Q8_0', 1 / 127],
      ['Q4_0', 1 / 8],
      ['Q4_K', 1 / 8],
    ] as const) {
      const x = normals(512);
      x[7] = 0;
      const decoded = fromGgufBlocks(ggufBlocks(x, type), type);
      const largest = Math.max(...x.map(Math.abs));
      for (let i = 0; i < x.length; i++) expect(Math.abs(decoded[i]! - x[i]!)).toBeLessThan(1.01 * most * largest);
      expect(fromGgufBlocks(ggufBlocks(new Float32Array(256), type), type).every((value) => value === 0)).toBe(true);
      expect(ggufBlocks(new Float32Array(0), type)).toHaveLength(0);
    }
  });

  test('refuses what no block holds', () => {
    expect(() => ggufBlocks(new Float32Array(33), 'Q4_0')).toThrow(
      'ggufBlocks: length must be a multiple of 32, got 33',
    );
    expect(() => ggufBlocks(new Float32Array(32), 'Q4_K')).toThrow(
      'ggufBlocks: length must be a multiple of 256, got 32',
    );
    expect(() => ggufBlocks(new Float32Array(32), 'Q5_0' as never)).toThrow(
      'ggufBlocks: type must be Q4_0, Q8_0 or Q4_K',
    );
    expect(() => ggufBlocks(new Float32Array(32).fill(1e30), 'Q8_0')).toThrow('must be a finite float16, got Infinity');
    expect(() => ggufBlocks(new Float32Array(32).fill(Number.NaN), 'Q8_0')).toThrow('got NaN at values[0]');
    expect(() => fromGgufBlocks(new Uint8Array(35), 'Q8_0')).toThrow('fromGgufBlocks: length must be a multiple of 34');
    expect(() => fromGgufBlocks(new Uint8Array(34).fill(255), 'Q8_0')).toThrow('scale of block 0 must be finite');
  });
});
