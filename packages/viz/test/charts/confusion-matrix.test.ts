import { confusionMatrix } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { cpuTime, textsOf } from '../figures.ts';
import golden from '../golden/confusion.json' with { type: 'json' };

const { actual, predicted } = golden;
const numbers = (rows: readonly (readonly (string | number)[])[]) => rows.map((row) => row.slice(1) as number[]);

describe('confusionMatrix(data, options)', () => {
  it('counts as scikit-learn does', () => {
    const { table } = confusionMatrix({ actual, predicted });
    expect(numbers(table.rows)).toEqual(golden.matrices.counts);
    expect(table.columns).toEqual(['actual', '0', '1', '2', '3', '4']);
  });

  it.each(['actual', 'predicted', 'all'] as const)('has the shares of %s that scikit-learn has', (normalize) => {
    const figure = confusionMatrix({ actual, predicted }, { normalize });
    const shares = numbers(figure.table.rows);
    // Two divisions against one: a few units in the last place.
    const expected = golden.matrices[normalize].flat();
    const far = shares.flat().map((share, i) => Math.abs(share - expected[i]!));
    expect(Math.max(...far)).toBeLessThan(1e-15);
    expect(textsOf(figure.svg()).some((text) => / %$/.test(text))).toBe(true);
  });

  it('draws counts the same as classes of examples', () => {
    const counts = confusionMatrix({ values: golden.matrices.counts });
    expect(counts.svg()).toBe(confusionMatrix({ actual, predicted }).svg());
    expect(confusionMatrix({ values: golden.matrices.counts.flat(), shape: [5, 5] }).svg()).toBe(counts.svg());
    expect(confusionMatrix({ actual: Int32Array.from(actual), predicted: Uint8Array.from(predicted) }).svg()).toBe(
      counts.svg(),
    );
  });

  it('says how many are right, and what is confused most', () => {
    const values = [
      [8, 1, 1],
      [0, 10, 0],
      [3, 0, 7],
    ];
    expect(confusionMatrix({ values, classes: ['cat', 'dog', 'cow'] }).description).toBe(
      '30 examples of 3 classes, 83.3 % of them right. Most often cow is taken for cat (3).',
    );
    expect(
      confusionMatrix({
        values: [
          [2, 0],
          [0, 5],
        ],
      }).description,
    ).toBe('7 examples of 2 classes, 100 % of them right. None is taken for another class.');
  });

  it('has classes that no example is of, without a share', () => {
    const figure = confusionMatrix({ actual: [0, 0], predicted: [0, 0], classes: ['a', 'b'] }, { normalize: 'actual' });
    expect(figure.table.rows).toEqual([
      ['a', 1, 0],
      ['b', 'missing', 'missing'],
    ]);
    expect(figure.svg()).toContain('stroke="#8c8c8c"');
  });

  it('names classes and sides, and writes counts', () => {
    const texts = textsOf(
      confusionMatrix(
        {
          values: [
            [3, 1],
            [0, 4],
          ],
          classes: ['cat', 'dog'],
        },
        { xLabel: 'said' },
      ).svg(),
    );
    for (const text of ['cat', 'dog', 'said', 'actual', '3', '4']) expect(texts).toContain(text);
  });

  it('counts what is not finite or missing', () => {
    const figure = confusionMatrix({
      values: [
        [3, null],
        ['Infinity', 4],
      ],
    });
    expect(figure.description).toMatch(/Gray: 1 not finite \(1 Infinity\), 1 missing\.$/);
  });

  it('counts a million examples, and draws a thousand classes, in bounded time', () => {
    const list = Uint16Array.from({ length: 1_000_000 }, (_, i) => i % 1000);
    let svg = '';
    expect(
      cpuTime(() => {
        svg = confusionMatrix({ actual: list, predicted: list }).svg();
      }),
    ).toBeLessThan(3000);
    expect(textsOf(svg)).toContain('each cell has the largest in magnitude of up to 5 × 5 of 1000 × 1000 values');
  });

  it.each([
    [{}, {}, 'confusionMatrix: values must be an array, got undefined'],
    [{ values: [[1, 2]] }, {}, 'confusionMatrix: values must have as many rows as columns, got [1, 2]'],
    [{ values: [[-1]] }, {}, 'confusionMatrix: values must be at least 0, got "-1 at values[0]"'],
    [{ values: [[1]], actual: [0] }, {}, /data must have values or actual and predicted classes, not both/],
    [{ actual: [0], predicted: [] }, {}, 'confusionMatrix: predicted must have at least one entry, got []'],
    [{ actual: [0] }, {}, 'confusionMatrix: predicted must be an array, got undefined'],
    [
      { actual: [0], predicted: [0, 1] },
      {},
      'confusionMatrix: actual and predicted must have equally many entries, got "1 and 2"',
    ],
    [
      { actual: [0], predicted: [1e9] },
      {},
      'confusionMatrix: predicted[0] must be a whole number from 0 to 9999, got 1000000000',
    ],
    [
      { actual: [0], predicted: [2], classes: ['a', 'b'] },
      {},
      /predicted\[0\] must be a whole number from 0 to 1, got 2/,
    ],
    [{ actual: [0.5], predicted: [0] }, {}, /actual\[0\] must be a whole number from 0 to 9999, got 0.5/],
    [
      { values: [[1]], classes: ['a', 'b'] },
      {},
      'confusionMatrix: classes must have as many entries as the values have, got "2 for 1"',
    ],
    [
      { values: [[1]] },
      { normalize: 'rows' },
      'confusionMatrix: normalize must be among actual, predicted, all, got "rows"',
    ],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => confusionMatrix(data as never, options as never)).toThrow(message);
  });
});
