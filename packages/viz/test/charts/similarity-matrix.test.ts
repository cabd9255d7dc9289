import { similarityMatrix } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTime, textsOf } from '../figures.ts';
import golden from '../golden/similarity.json' with { type: 'json' };

const layers = Object.entries(golden.layers).map(([name, values]) => ({ name, values }));
const numbers = (rows: readonly (readonly (string | number)[])[]) => rows.map((row) => row.slice(1) as number[]);

describe('similarityMatrix(data, options)', () => {
  it('has the linear CKA that numpy has in the form of features', () => {
    const found = numbers(similarityMatrix({ layers }).table.rows);
    // Sums of 40 × 40 and of 6 × 9 products of doubles of size 1: 1600 roundings of 1e-16.
    const expected = golden.similarity.flat();
    expect(Math.max(...found.flat().map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(2e-13);
  });

  it('is 1 on the diagonal, between 0 and 1 elsewhere, and the same for turned and scaled features', () => {
    const row = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 2 });
    const matrix = fc.array(row, { minLength: 6, maxLength: 6 }).map((rows) => [[9, -9], ...rows]);
    fc.assert(
      fc.property(
        matrix,
        matrix,
        fc.double({ min: 0, max: 6.3, noNaN: true }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        (a, b, angle, scale) => {
          const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
          const turned = a.map(([p, q]) => [p! * cos - q! * sin + 3, p! * sin + q! * cos]);
          const named = [a, b, turned].map((values, i) => ({ name: String(i), values }));
          const found = numbers(similarityMatrix({ layers: named }).table.rows);
          for (const value of found.flat()) {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1);
          }
          for (let i = 0; i < 3; i++) expect(found[i]![i]!).toBeCloseTo(1, 12);
          // The shift by 3 costs digits where features are a hundredth.
          expect(found[0]![2]!).toBeCloseTo(1, 8);
          expect(found[1]![2]!).toBeCloseTo(found[1]![0]!, 8);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('compares the layers of two networks', () => {
    const figure = similarityMatrix(
      { layers: layers.slice(0, 1), others: layers.slice(1) },
      { xLabel: 'trained', yLabel: 'new' },
    );
    expect(figure.table.columns).toEqual(['new', 'b', 'c', 'd']);
    expect(numbers(figure.table.rows)[0]![0]!).toBeCloseTo(golden.similarity[0]![1]!, 12);
    for (const text of ['trained', 'new', 'a', 'b']) expect(textsOf(figure.svg())).toContain(text);
  });

  it('holds values as large and as small as doubles are', () => {
    const values = [
      [1e300, 0],
      [0, -1e300],
      [1e300, 1e300],
    ];
    const small = values.map((row) => row.map((value) => value / 1e300 / 1e300));
    const found = numbers(
      similarityMatrix({
        layers: [
          { name: 'a', values },
          { name: 'b', values: small },
        ],
      }).table.rows,
    );
    expect(found[0]![1]!).toBeCloseTo(1, 12);
  });

  it('has no similarity for a layer that gives the same for all, or what is not finite', () => {
    const third = layers[0]!.values.map(() => [1 / 3, 0.1, 7]);
    const odd = layers[0]!.values.map((row, i) => (i === 5 ? row.map(() => Number.NaN) : row));
    const figure = similarityMatrix({
      layers: [layers[0]!, { name: 'same', values: third }, { name: 'odd', values: odd }],
    });
    expect(figure.table.rows.map((row) => row.slice(2))).toEqual([
      ['missing', 'missing'],
      ['missing', 'missing'],
      ['missing', 'missing'],
    ]);
    expect(figure.description).toBe('Linear CKA of 3 × 3 layers by 40 examples. Gray: 8 missing.');
  });

  it('says which layers are most and least alike', () => {
    expect(similarityMatrix({ layers }).description).toMatch(
      /^Linear CKA of 4 × 4 layers by 40 examples\. Most alike are b and a \(0\.\d+\), least d and . \(0\.\d+\)\.$/,
    );
  });

  it('uses 500 of more examples and 100 of more layers, in bounded time, and says so', () => {
    const values = Float32Array.from({ length: 2000 * 20 }, (_, i) => Math.sin(i * i));
    const many = Array.from({ length: 120 }, (_, i) => ({ name: `layer ${i}`, values, shape: [2000, 20] }));
    let figure = similarityMatrix({ layers });
    const time = cpuTime(() => {
      figure = similarityMatrix({ layers: many.slice(0, 3), others: many });
    });
    expect(time).toBeLessThan(15_000);
    expect(textsOf(figure.svg())).toEqual(
      expect.arrayContaining(['by 500 of 2000 examples', '3 × 100 of 3 × 120 layers are drawn']),
    );
  });

  it.each([
    [{ layers: [] }, 'similarityMatrix: layers must have at least one entry, got []'],
    [{ layers: [{ name: 'a', values: [[1]] }] }, 'similarityMatrix: layers must have two examples or more, got 1'],
    [{ layers: [{ name: 5, values: [[1]] }] }, 'similarityMatrix: layers[0].name must be a string, got 5'],
    [
      {
        layers: [
          { name: 'a', values: [[1], [2]] },
          { name: 'b', values: [[1], [2], [3]] },
        ],
      },
      /all layers must have the same examples, got "3 of b and 2 of a"/,
    ],
    [
      { layers: [{ name: 'a', values: [[1], [2]] }], others: [] },
      'similarityMatrix: others must have at least one entry, got []',
    ],
    [{ layers: [{ name: 'a', values: [[1], ['x']] }] }, /layers\[0\]\.values\[1\]\[0\] must be a number/],
  ])('rejects %o', (data, message) => {
    expect(() => similarityMatrix(data as never)).toThrow(message as string);
  });
});
