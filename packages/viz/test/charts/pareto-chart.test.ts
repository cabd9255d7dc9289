import { paretoChart } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cornersOf, count, cpuTime, pathsOf, textsOf } from '../figures.ts';

const points = [
  { name: 'large', size: 400, accuracy: 0.98 },
  { name: 'small', size: 100, accuracy: 0.97 },
  { name: 'bad', size: 200, accuracy: 0.9 },
];

describe('paretoChart(data, options)', () => {
  it('has on its front all than which no other is as good in both and better in one', () => {
    const whole = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(whole, whole), { minLength: 1, maxLength: 15 }), (all) => {
        const models = all.map(([size, accuracy], i) => ({ name: `m${i}`, size, accuracy }));
        const where = paretoChart({ points: models }).table.rows.map((row) => row[3]);
        models.forEach(({ size, accuracy }, i) => {
          const beaten = models.some(
            (other) =>
              other.size <= size && other.accuracy >= accuracy && (other.size < size || other.accuracy > accuracy),
          );
          expect(where[i]).toBe(beaten ? 'behind' : 'front');
        });
      }),
      { numRuns: 300 },
    );
  });

  it('joins the front by steps: along at the accuracy before, then up', () => {
    const svg = paretoChart({ points }).svg();
    const [line] = cornersOf(pathsOf(svg, 'front line')[0]!);
    expect(line).toHaveLength(4);
    const [[x0, y0], [x1, y1], [x2, y2], [, y3]] = line as [number, number][] as [
      [number, number],
      [number, number],
      [number, number],
      [number, number],
    ];
    expect(y1).toBe(y0);
    expect(x2).toBe(x1);
    expect(y3).toBe(y2);
    expect(x1).toBeGreaterThan(x0);
    expect(y2).toBeLessThan(y1);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['front', 'behind it', 'small']));
    expect(textsOf(svg)).not.toContain('bad');
  });

  it('counts models that have no place', () => {
    const lost = [
      { name: 'a', size: 1, accuracy: Number.NaN },
      { name: 'b', size: null, accuracy: 1 },
      { name: 'c', size: 'Infinity' as const, accuracy: 1 },
    ];
    const figure = paretoChart({ points: [...points, ...lost] });
    expect(figure.description).toBe(
      '6 models by size and accuracy, 2 on the front: small (100, 0.97), large (400, 0.98). ' +
        'Not drawn: 2 not finite (1 NaN, 1 Infinity), 1 missing.',
    );
    expect(textsOf(figure.svg())).toEqual(expect.arrayContaining(['NaN (1)', 'Infinity (1)', 'missing (1)']));
    expect(figure.table.rows[3]).toEqual(['a', 1, 'NaN', '']);
    expect(paretoChart({ points: lost }).description).toContain('none has a place');
  });

  it('draws names that do not lie on each other', () => {
    const many = Array.from({ length: 300 }, (_, i) => ({ name: `model ${i}`, size: i, accuracy: i }));
    const svg = paretoChart({ points: many }).svg();
    const inside =
      /<g data-mark="names"[^>]*>(.*?)<\/g>/.exec(svg)?.[1] ?? /data-mark="names"[^>]*>(.*?)<\/g>/.exec(svg)![1]!;
    const boxes = [...inside.matchAll(/<text x="([\d.]+)" y="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
    expect(boxes.length).toBeGreaterThan(5);
    boxes.forEach(([x, y], i) => {
      for (const [otherX, otherY] of boxes.slice(0, i)) {
        expect(Math.abs(y! - otherY!) > 14 || Math.abs(x! - otherX!) > 40).toBe(true);
      }
    });
  });

  it('draws a million models in bounded time and bytes, and says which', () => {
    const many = Array.from({ length: 1e6 }, (_, i) => ({
      name: `m${i}`,
      size: 2 + Math.sin(i),
      accuracy: Math.cos(i * i),
    }));
    let svg = '';
    const draw = () => {
      svg = paretoChart({ points: many }).svg();
    };
    expect(cpuTime(draw, 15_000)).toBeLessThan(15_000);
    expect(svg.length).toBeLessThan(250_000);
    expect(textsOf(svg).some((text) => /^2000 of 999,\d+ models behind the front are drawn$/.test(text))).toBe(true);
    const front = Array.from({ length: 2000 }, (_, i) => ({ name: `m${i}`, size: i, accuracy: i }));
    expect(count(paretoChart({ points: front }).svg(), /<circle/)).toBe(500);
  });

  it.each([
    [{ points: [] }, {}, 'paretoChart: points must have at least one entry, got []'],
    [{ points: [{ size: 1, accuracy: 1 }] }, {}, 'paretoChart: points[0].name must be a string, got undefined'],
    [
      { points: [{ name: 'a', size: '1', accuracy: 1 }] },
      {},
      `paretoChart: points[0].size must be a number, 'NaN', 'Infinity', '-Infinity' or null, got "1"`,
    ],
    [
      { points: [{ name: 'a', size: 0, accuracy: 1 }] },
      { xScale: 'log' },
      'paretoChart: sizes must be above 0 on a log scale, got "0 at sizes[0]"',
    ],
    [{ points }, { xScale: 'sqrt' }, 'paretoChart: xScale must be among linear, log, got "sqrt"'],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => paretoChart(data as never, options as never)).toThrow(message);
  });
});

it('paretoChart writes sizes as bytes where they are', () => {
  const points = [
    { name: 'small', size: 20_000, accuracy: 0.9 },
    { name: 'large', size: 1_200_000, accuracy: 0.95 },
  ];
  const figure = paretoChart({ points }, { xFormat: 'bytes' });
  expect(figure.svg()).toMatch(/>(500 kB|1 MB)<\/text>/);
  expect(figure.description).toContain('small (20 kB, 0.9), large (1.2 MB, 0.95)');
  expect(() => paretoChart({ points }, { xFormat: 'kB' as never })).toThrow('paretoChart: xFormat must be');
});
