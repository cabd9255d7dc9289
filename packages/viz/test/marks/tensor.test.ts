import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeOf, readTensor } from '../../src/marks/tensor.ts';

describe('readTensor(fn, name, raw, rank)', () => {
  it('reads the same from a flat list with a shape and from nested arrays', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sizes, (shape) => {
        const count = shape.reduce((a, b) => a * b, 1);
        const values = Array.from({ length: count }, (_, i) => i);
        const nest = (list: unknown[], inner: number[]): unknown[] =>
          inner.length === 0
            ? list
            : nest(
                Array.from({ length: list.length / inner.at(-1)! }, (_, i) =>
                  list.slice(i * inner.at(-1)!, (i + 1) * inner.at(-1)!),
                ),
                inner.slice(0, -1),
              );
        const nested = nest(values, shape.slice(1));
        expect(readTensor('f', '', { values: nested }, shape.length)).toEqual({ values, shape });
        expect(readTensor('f', '', { values: Int32Array.from(values), shape }, shape.length)).toEqual({
          values,
          shape,
        });
      }),
    );
  });

  it('copies, and keeps what cannot be drawn', () => {
    const values = [1, null, 'NaN', undefined];
    const read = readTensor('f', '', { values, shape: [2, 2] }, 2);
    values[0] = 5;
    expect(read.values).toEqual([1, null, Number.NaN, null]);
  });

  it.each([
    [
      { values: [1, 2], shape: [2, 2] },
      'f: a.values must have as many entries as a.shape says, got "2 values of [2, 2]"',
    ],
    [{ values: [1, 2], shape: [1e9, 1e9] }, /must have as many entries as a.shape says/],
    [{ values: [1, 2], shape: [2] }, 'f: a.shape must have 2 sizes, got [2]'],
    [{ values: [1, 2], shape: [2, 0] }, 'f: a.shape must have whole sizes above 0, got 0'],
    [{ values: [1, 2], shape: [2, 1.5] }, 'f: a.shape must have whole sizes above 0, got 1.5'],
    [{ values: [1, 2], shape: '2' }, 'f: a.shape must be an array of 2 sizes, got "2"'],
    [{ values: [1, true], shape: [1, 2] }, /^f: a.values\[1\] must be a number, .* got true/],
    [{ values: [1, 2] }, 'f: a.values[0] must be an array, got 1'],
    [{ values: [] }, 'f: a.values must have at least one entry, got []'],
    [{ values: [[1, 2], [3]] }, 'f: a.values[1] must have 2 entries as the first, got 1'],
    [{ values: [[1, 2], 3] }, 'f: a.values[1] must be an array, got 3'],
    [
      {
        values: [
          [1, 2],
          [3, '4'],
        ],
      },
      /^f: a.values\[1\]\[1\] must be a number/,
    ],
  ])('rejects %o', (raw, message) => {
    expect(() => readTensor('f', 'a.', raw, 2)).toThrow(message as string);
  });
});

describe('rangeOf(tensor)', () => {
  it('has the first lowest and the first highest of what can be drawn', () => {
    const values = [Number.NaN, 2, -1, null, 2, Number.POSITIVE_INFINITY, -1];
    expect(rangeOf({ values, shape: [7] })).toEqual({ from: -1, to: 2, lowest: 2, highest: 1 });
    expect(rangeOf({ values: [null, Number.NaN], shape: [2] })).toEqual({ from: 0, to: 0, lowest: -1, highest: -1 });
  });
});
