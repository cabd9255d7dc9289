import { decisionBoundary } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cornersOf, count, cpuTime, pathsOf, textsOf } from '../figures.ts';

const places = Array.from({ length: 21 }, (_, i) => (i - 10) / 10);
const sum = places.map((y) => places.map((x) => x + y));
const three = places.map((y) => places.map((x) => [x, y, -x - y]));
const small = {
  values: [
    [0, 1],
    [0, 1],
  ],
};

/** Where the frame of a drawing is, and what value a place in it has on axes from -1 to 1. */
function frameOf(svg: string) {
  const tag = /<rect data-mark="border"[^>]*>/.exec(svg)![0];
  const number = (name: string) => Number(new RegExp(` ${name}="([\\d.]+)"`).exec(tag)![1]);
  const [left, top, width, height] = [number('x'), number('y'), number('width'), number('height')];
  return ([x, y]: readonly number[]) => [-1 + (2 * (x! - left)) / width, 1 - (2 * (y! - top)) / height] as const;
}

describe('decisionBoundary(data, options)', () => {
  it('draws the line where the score is the threshold', () => {
    for (const threshold of [0, 0.75]) {
      const svg = decisionBoundary({ values: sum, x: places, y: places }, { threshold }).svg();
      const at = frameOf(svg);
      const line = cornersOf(pathsOf(svg, 'boundary')[0]!).flat().map(at);
      expect(line.length).toBeGreaterThan(10);
      // between neighbors x + y is straight; coordinates are rounded to a hundredth of 400 pixels or more
      for (const [x, y] of line) expect(Math.abs(x + y - threshold)).toBeLessThan(1e-4);
    }
  });

  it('draws the lines where two of several scores are the highest', () => {
    const svg = decisionBoundary({ values: three, x: places, y: places }).svg();
    const at = frameOf(svg);
    for (const [x, y] of cornersOf(pathsOf(svg, 'boundary')[0]!).flat().map(at)) {
      const [first, second] = [x, y, -x - y].sort((a, b) => b - a);
      // within a cell, whose sides are 0.1, the highest of three may change once more
      expect(first! - second!).toBeLessThan(0.1);
    }
    expect(pathsOf(svg, 'class')).toHaveLength(3);
  });

  it('takes flat scores with a shape', () => {
    const data = { x: places, y: places };
    const flat = decisionBoundary({ ...data, values: Float64Array.from(three.flat(2)), shape: [21, 21, 3] });
    expect(flat.svg()).toBe(decisionBoundary({ ...data, values: three }).svg());
    const two = decisionBoundary({ ...data, values: Float64Array.from(sum.flat()), shape: [21, 21] });
    expect(two.svg()).toBe(decisionBoundary({ ...data, values: sum }).svg());
  });

  it('says on which side each point lies', () => {
    const inside = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(inside, inside, fc.nat(1)), { minLength: 1, maxLength: 20 }), (all) => {
        const points = all.map(([x, y, own]) => ({ x, y, class: own }));
        const figure = decisionBoundary({ values: sum, x: places, y: places, points }, { threshold: 0.05 });
        figure.table.rows.forEach((row, i) => {
          const score = points[i]!.x + points[i]!.y;
          // sums in another order differ in the last places
          if (Math.abs(score - 0.05) > 1e-12) expect(row[4]).toBe(score > 0.05 ? 'class 1' : 'class 0');
        });
        const right = figure.table.rows.filter((row) => row[3] === row[4]).length;
        expect(figure.description).toContain(`: ${right} in a place of their class`);
      }),
      { numRuns: 100 },
    );
  });

  it('marks points on another side, and counts those that cannot be drawn', () => {
    const points = [
      { x: -0.5, y: -0.5, class: 0 },
      { x: 0.5, y: 0.5, class: 0 },
      { x: 0.5, y: 0.6, class: 1 },
      { x: 5, y: 0, class: 1 },
      { x: Number.NaN, y: 0, class: 1 },
      { x: 0, y: null, class: 1 },
    ];
    const figure = decisionBoundary(
      { values: sum, x: places, y: places, points, classes: ['no', 'yes'] },
      { threshold: 0 },
    );
    const svg = figure.svg();
    expect(count(svg, /data-mark="points"/)).toBe(2);
    expect(count(svg, /data-mark="points of another class"/)).toBe(1);
    expect(figure.description).toBe(
      '2 classes over x from −1 to 1 and y from −1 to 1, by share of the places: no 47.6 %, yes 52.4 %. 6 points: ' +
        '2 in a place of their class, 1 of no in one of yes, 1 outside, 1 not finite (1 NaN), 1 missing.',
    );
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining([
        'no',
        'yes',
        'line: score 0',
        'bold rim: on another side',
        'NaN (1) in points',
        'missing (1) in points',
      ]),
    );
    expect(figure.table.rows[4]).toEqual([4, 'NaN', 0, 'yes', '']);
  });

  it('shows places without a score in gray', () => {
    const holes = three.map((row) => row.map((scores) => [...scores] as (number | null)[]));
    holes[2]![3]![1] = Number.NaN;
    holes[2]![5]![0] = null;
    const figure = decisionBoundary({ values: holes });
    expect(count(pathsOf(figure.svg(), 'no value')[0]!, /M/)).toBe(2);
    expect(figure.description).toContain('Gray: 1 not finite (1 NaN), 1 missing.');
  });

  it('gives every place to one class', () => {
    const { description } = decisionBoundary({ values: three });
    const shares = [...description.matchAll(/class \d ([\d.]+) %/g)].map(([, share]) => Number(share));
    expect(shares).toHaveLength(3);
    // each is rounded to three digits
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(100, 0);
  });

  it('draws planes of one class, and scores near the largest double', () => {
    const svg = decisionBoundary({
      values: [
        [1, 1],
        [1, 1],
      ],
    }).svg();
    expect(pathsOf(svg, 'boundary')[0]).toBe('');
    expect(pathsOf(svg, 'second class').length).toBeGreaterThan(0);
    const { MAX_VALUE } = Number;
    const wide = decisionBoundary(
      {
        values: [
          [-MAX_VALUE, MAX_VALUE],
          [-MAX_VALUE, MAX_VALUE],
        ],
      },
      { threshold: 0 },
    );
    expect(wide.description).toContain('class 0 50 %, class 1 50 %');
  });

  it('draws scores that are far below or above a threshold near the largest double', () => {
    const values = [
      [-4e307, 0],
      [4e307, 1],
    ];
    const drawn = (threshold: number) => decisionBoundary({ values }, { threshold }).svg();
    expect(pathsOf(drawn(-Number.MAX_VALUE), 'second class')[0]).toMatch(/^M[\d.,LHVZhv-]+$/);
    expect(pathsOf(drawn(Number.MAX_VALUE), 'first class').some((d) => d !== '')).toBe(true);
    for (const threshold of [-Number.MAX_VALUE, Number.MAX_VALUE]) expect(drawn(threshold)).not.toMatch(/NaN|Infinity/);
  });

  it('draws a million scores and points in bounded time and bytes, and says which', () => {
    const many = Float32Array.from({ length: 1e6 }, (_, i) => Math.sin(i));
    const points = Array.from({ length: 1e6 }, (_, i) => ({ x: i % 999, y: i % 991, class: i % 2 }));
    let svg = '';
    const draw = () => {
      svg = decisionBoundary({ values: many, shape: [1000, 1000], points }).svg();
    };
    expect(cpuTime(draw, 15_000)).toBeLessThan(15_000);
    expect(svg.length).toBeLessThan(1_000_000);
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining([
        '80 of 1000 rows and 80 of 1000 columns are drawn',
        '2000 of 1,000,000 points are drawn',
      ]),
    );
  });

  it.each([
    [{ values: [[1, 2]] }, {}, 'decisionBoundary: values must have 2 rows and 2 columns or more, got "1 x 2"'],
    [{ values: [0, 1, 0, 1], shape: [2, 2, 1] }, {}, 'decisionBoundary: values must have 2 to 12 classes, got 1'],
    [{ ...small, classes: ['a'] }, {}, 'decisionBoundary: classes must be 2 names, got 1'],
    [{ ...small, classes: ['a', 2] }, {}, 'decisionBoundary: classes[1] must be a string, got 2'],
    [
      { ...small, points: [{ x: 0, y: 0, class: 2 }] },
      {},
      'decisionBoundary: points[0].class must be a whole number below 2, got 2',
    ],
    [{ ...small, points: [5] }, {}, 'decisionBoundary: points[0] must have x, y and class, got 5'],
    [small, { threshold: Number.NaN }, 'decisionBoundary: threshold must be finite, got NaN'],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => decisionBoundary(data as never, options as never)).toThrow(message);
  });
});

it('decisionBoundary names classes by the shapes of their points', () => {
  const values = [
    [
      [1, 0, 0],
      [0, 1, 0],
    ],
    [
      [0, 0, 1],
      [1, 0, 0],
    ],
  ];
  const points = [0, 1, 2].map((k) => ({ x: k / 2, y: 0.25, class: k }));
  const shapes = [
    ...decisionBoundary({ values, points })
      .svg()
      .matchAll(/<path d="M([^M"]*)"[^>]*transform="translate/g),
  ];
  expect(shapes.map(([, d]) => d!.replace(/^[^a-z]*/, ''))).toEqual([
    'a4,4,0,1,0,8,0a4,4,0,1,0,-8,0Z',
    'h7v7h-7Z',
    'l4.75,8.25h-9.5Z',
  ]);
});
