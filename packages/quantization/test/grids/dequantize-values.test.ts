import { describe, expect, test } from 'vitest';
import { dequantizeValues, type QuantizedValues, quantizeValues } from '../../src/index.ts';

const good = (): QuantizedValues =>
  quantizeValues(Float32Array.of(-1, 0, 1, 2, 3, 5), [2, 3], { dtype: 'uint4', granularity: { axis: 0 } });

describe('dequantizeValues', () => {
  test.each<[Partial<Record<keyof QuantizedValues, unknown>>, string]>([
    [
      { codes: Uint8Array.of(1, 2, 3, 4, 5, 16) },
      'dequantizeValues: codes of uint4 must be 0 to 15, got [1, 2, 3, 4, 5, 16]',
    ],
    [{ codes: new Int8Array(6) }, 'dequantizeValues: codes of uint4 must be a Uint8Array'],
    [{ shape: [7] }, 'dequantizeValues: shape must have 6 entries, got 7'],
    [{ shape: [2 ** 40, 2 ** 40] }, 'dequantizeValues: shape must have 6 entries'],
    [{ block: [1, 0] }, 'dequantizeValues: block must be a list of whole numbers above 0'],
    [{ block: [6] }, 'dequantizeValues: block must have an edge for each of 2 axes'],
    [{ block: null }, 'dequantizeValues: block and scales of uint4 must not be null'],
    [{ scales: Float32Array.of(1) }, 'dequantizeValues: scales must have length 2, got 1'],
    [{ scales: Float32Array.of(1, Number.NaN) }, 'dequantizeValues: scales must be finite and above 0'],
    [{ scales: Float32Array.of(1, 0) }, 'dequantizeValues: scales must be finite and above 0'],
    [{ zeroPoints: Int32Array.of(1) }, 'dequantizeValues: zeroPoints must have length 2, got 1'],
    [{ zeroPoints: Int32Array.of(1, 16) }, 'dequantizeValues: zeroPoints must be 0 to 15'],
    [{ dtype: 'nf4' }, 'dequantizeValues: zeroPoints of nf4 must be null'],
    [{ dtype: 'uint9' }, 'dequantizeValues: dtype must be among int2 to int8'],
  ])('refuses %j', (change, message) => {
    expect(() => dequantizeValues({ ...good(), ...change } as QuantizedValues)).toThrow(message);
  });

  test('leaves what it is given as it is', () => {
    const quantized = good();
    dequantizeValues(quantized);
    expect(quantized).toEqual(good());
  });
});
