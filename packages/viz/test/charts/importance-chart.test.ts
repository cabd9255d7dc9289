import { importanceChart } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxesOf } from '../boxes.ts';
import { cpuTime, textsOf } from '../figures.ts';

const importances = [
  { name: 'age', value: 0.25 },
  { name: 'height', value: -1, interval: [-1.5, -0.5] as const },
  { name: 'weight', value: 0.5, interval: [0.25, 2] as const },
];

describe('importanceChart(data, options)', () => {
  it('sorts by magnitude, equal ones as given, those without a value last', () => {
    const value = fc.oneof(fc.integer({ min: -4, max: 4 }), fc.constantFrom(Number.NaN, null));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
        const figure = importanceChart({ importances: values.map((value, i) => ({ name: `${i}`, value })) });
        const order = figure.table.rows.map(([name]) => Number(name));
        const size = (i: number) => (Number.isFinite(values[i]) ? Math.abs(values[i]!) : -1);
        expect([...order].sort((a, b) => a - b)).toEqual([...values.keys()]);
        order.slice(1).forEach((i, k) => {
          const before = order[k]!;
          expect(size(before) > size(i) || (size(before) === size(i) && before < i)).toBe(true);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('draws bars from 0, as long as they are large, in one row each, with a line from end to end of an interval', () => {
    const svg = importanceChart({ importances }).svg();
    const boxes = boxesOf(svg);
    const bars = boxes.filter(({ name, mark }) => name === 'rect' && mark === 'bars');
    const [weight, age, height] = bars as [(typeof bars)[0], (typeof bars)[0], (typeof bars)[0]];
    expect(bars).toHaveLength(3);
    const zero = weight.left;
    const unit = height.right - height.left;
    expect(height.right).toBe(zero);
    expect(age.left).toBe(zero);
    // Coordinates have two digits: each end is off by 0.005 at most, so lengths by 0.01, of which half and a quarter are compared.
    expect(weight.right - zero).toBeCloseTo(unit / 2, 1);
    expect(age.right - zero).toBeCloseTo(unit / 4, 1);
    expect(height.top).toBeLessThan(weight.top);
    expect(weight.top - height.top).toBeCloseTo(age.top - weight.top, 1);
    const lines = boxes.filter(({ mark, left, right }) => mark === 'intervals' && right > left);
    expect(lines).toHaveLength(2);
    expect(lines[0]!.left).toBeCloseTo(zero - 1.5 * unit, 1);
    expect(lines[0]!.right).toBeCloseTo(zero - 0.5 * unit, 1);
    expect(lines[1]!.left).toBeCloseTo(zero + 0.25 * unit, 1);
    expect(lines[1]!.right).toBeCloseTo(zero + 2 * unit, 1);
    const note = boxes.find(({ text, mark }) => mark === 'notes' && text === '0.5')!;
    expect(note.left).toBeGreaterThan(lines[1]!.right);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['above 0', 'below 0', 'height', '−1']));
  });

  it('says what it shows, and has no legend where all are above 0', () => {
    const figure = importanceChart({ importances });
    expect(figure.description).toBe(
      '3 importances. By size: height −1 (−1.5 to −0.5), weight 0.5 (0.25 to 2), age 0.25. 1 below 0.',
    );
    expect(figure.table).toEqual({
      columns: ['name', 'importance', 'low', 'high'],
      rows: [
        ['height', -1, -1.5, -0.5],
        ['weight', 0.5, 0.25, 2],
        ['age', 0.25, '', ''],
      ],
    });
    const plain = importanceChart({ importances: [{ name: 'a', value: 2 }] }, { xLabel: 'gain' });
    expect(plain.table.columns).toEqual(['name', 'gain']);
    expect(plain.description).toBe('One importance. By size: a 2.');
    expect(textsOf(plain.svg())).not.toContain('above 0');
  });

  it('names what is not there in its place and counts it', () => {
    const figure = importanceChart({
      importances: [
        { name: 'a', value: null },
        { name: 'b', value: 1, interval: [0.5, Number.NaN] },
        { name: 'c', value: 'Infinity', interval: [1, 2] },
      ],
    });
    expect(figure.description).toBe(
      '3 importances. By size: b 1. Not drawn: 2 not finite (1 NaN, 1 Infinity), 1 missing.',
    );
    expect(textsOf(figure.svg())).toEqual(expect.arrayContaining(['1; interval NaN', 'missing', 'Infinity']));
    expect(importanceChart({ importances: [{ name: 'a', value: null }] }).description).toContain('None has a value.');
  });

  it('draws the most important of a million in bounded time and bytes, and says so', () => {
    const many = Array.from({ length: 1e6 }, (_, i) => ({
      name: `f${i}`,
      value: Math.sin(i),
      interval: [-2, 2] as const,
    }));
    let svg = '';
    const draw = () => {
      svg = importanceChart({ importances: many }, { most: 500 }).svg();
    };
    expect(cpuTime(draw, 15_000)).toBeLessThan(15_000);
    expect(svg.length).toBeLessThan(400_000);
    expect(textsOf(svg)).toContain('the first 500 of 1,000,000 by size are drawn');
    expect(importanceChart({ importances: many }).description).toMatch(
      /The first 30 of 1,000,000 by size are drawn\.$/,
    );
  });

  it.each([
    [{ importances: [] }, {}, 'importanceChart: importances must have at least one entry, got []'],
    [{ importances: [null] }, {}, 'importanceChart: importances[0].name must be a string, got undefined'],
    [{ importances: [{ value: 1 }] }, {}, 'importanceChart: importances[0].name must be a string, got undefined'],
    [{ importances: [{ name: 'a', value: '1' }] }, {}, 'importanceChart: importances[0].value must be a number'],
    [
      { importances: [{ name: 'a', value: 1, interval: [2, 1] }] },
      {},
      'importanceChart: importances[0].interval must ascend, got [2, 1]',
    ],
    [
      { importances: [{ name: 'a', value: 1, interval: [1] }] },
      {},
      'importanceChart: importances[0].interval must be [low, high], got [1]',
    ],
    [{ importances }, { most: 501 }, 'importanceChart: most must be a whole number in [1, 500], got 501'],
    [
      { importances },
      { sort: 'name' },
      'importanceChart: options must be among title, description, width, height, document, xLabel, most, got "sort"',
    ],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => importanceChart(data as never, options as never)).toThrow(message);
  });
});
