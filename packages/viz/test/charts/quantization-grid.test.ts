import { quantizationGrid } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxesOf } from '../boxes.ts';
import { cornersOf, cpuTime, pathsOf, textsOf } from '../figures.ts';

const data = { edges: [-2, -1, 0, 1, 2], counts: [1, 4, 4, 1], levels: [-1, 0, 1] };
const levelRows = (figure: ReturnType<typeof quantizationGrid>) =>
  figure.table.rows.filter(([what]) => what === 'level').map((row) => row[3] as number);

describe('quantizationGrid(data, options)', () => {
  it('says what lies beyond the levels, and of which entries each level is the nearest', () => {
    const figure = quantizationGrid(data);
    expect(figure.description).toBe(
      'A histogram of weight from −2 to 2 in 4 bins, with 3 levels from −1 to 1, 1 apart. ' +
        '20 % of the entries lie beyond the levels: 10 % below, 10 % above.',
    );
    // Half of the 4 from -1 to 0 are nearer to -1, and so on.
    expect(levelRows(figure)).toEqual([3, 4, 3]);
    expect(textsOf(figure.svg())).toEqual(expect.arrayContaining(['3 levels', '20 % clipped']));
  });

  it('says "about" where a level lies within a bin, whose entries count as spread evenly', () => {
    const figure = quantizationGrid({ ...data, levels: [-1.5, 1.75] });
    expect(figure.description).toContain('About 7.5 % of the entries lie beyond the levels: 5 % below, 2.5 % above.');
    expect(quantizationGrid({ ...data, levels: [-2, 2] }).description).toContain('No entry lies beyond the levels.');
    const one = quantizationGrid({ ...data, levels: [0] });
    expect(one.description).toContain(
      'one level, 0. 100 % of the entries lie beyond the levels: 50 % below, 50 % above.',
    );
    const none = quantizationGrid({ ...data, levels: [-1, 0.5, 5, 6] });
    expect(none.description).toContain(', not equally far apart. 10 % of');
    expect(none.description).toContain('2 levels are nearest to no entry.');
  });

  it('gives each level the entries that rounding to the nearest gives it: for whole numbers in bins of one each', () => {
    const level = fc.integer({ min: -30, max: 30 });
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), { minLength: 1, maxLength: 40 }),
        fc.uniqueArray(level, { minLength: 1, maxLength: 8 }),
        (counts, some) => {
          // Levels are even, so what lies in the middle between two is a whole number and cuts no bin.
          const levels = some.map((n) => 2 * n).sort((a, b) => a - b);
          const edges = Array.from({ length: counts.length + 1 }, (_, i) => i - 20);
          const nearest = levels.map(() => 0);
          counts.forEach((count, i) => {
            const middle = i - 19.5;
            const distances = levels.map((at) => Math.abs(at - middle));
            const best = distances.indexOf(Math.min(...distances));
            nearest[best] = nearest[best]! + count;
          });
          expect(levelRows(quantizationGrid({ edges, counts, levels }))).toEqual(nearest);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('draws a line for each level, and the clipped part of the outline once more', () => {
    const svg = quantizationGrid({ ...data, levels: [-1.5, 0, 1] }).svg();
    const lines = pathsOf(svg, 'levels')[0]!
      .match(/M[\d.]+/g)!
      .map((at) => Number(at.slice(1)));
    expect(lines).toHaveLength(3);
    const [whole, ...clipped] = pathsOf(svg, 'area').map((d) => cornersOf(d)[0]!.map(([x]) => x));
    expect(clipped).toHaveLength(2);
    expect(Math.max(...clipped[0]!)).toBe(lines[0]);
    expect(Math.min(...clipped[0]!)).toBe(Math.min(...whole!));
    expect(Math.min(...clipped[1]!)).toBe(lines[2]);
    expect(Math.max(...clipped[1]!)).toBe(Math.max(...whole!));
    const all = boxesOf(quantizationGrid({ ...data, levels: [-7, 9] }).svg());
    expect(all.filter(({ mark }) => mark === 'clipped')).toEqual([]);
  });

  it('marks heights that are none, counts what is in no bin, and survives counts whose sum is no double', () => {
    const figure = quantizationGrid({ ...data, counts: [1, Number.NaN, null, 1], nonFinite: 3 });
    expect(figure.description).toMatch(
      /50 % below, 50 % above\. One level is nearest to no entry\. Heights: 1 not finite \(1 NaN\), 1 missing\. 3 entries not finite, in no bin\.$/,
    );
    expect(textsOf(figure.svg())).toEqual(expect.arrayContaining(['NaN (1)', 'missing (1)']));
    expect(figure.table.rows.at(-1)).toEqual(['not finite', '', '', 3]);
    const huge = quantizationGrid({ ...data, counts: [1e308, 1e308, 1e308, 1e308] });
    expect(huge.description).toContain('50 % of the entries lie beyond the levels: 25 % below, 25 % above.');
    expect(quantizationGrid({ ...data, counts: [0, 0, 0, 0] }).description).toContain('No entry lies beyond');
  });

  it('draws a million bins and 65,536 levels in bounded time and bytes, and says so', () => {
    const edges = Float64Array.from({ length: 1e6 + 1 }, (_, i) => i);
    const levels = Float64Array.from({ length: 65_536 }, (_, i) => i);
    let svg = '';
    const draw = () => {
      svg = quantizationGrid({ edges, counts: new Float64Array(1e6).fill(1), levels }).svg();
    };
    expect(cpuTime(draw, 15_000)).toBeLessThan(15_000);
    expect(svg.length).toBeLessThan(250_000);
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(['977 of 1,000,000 bins are drawn as one, their sum', '1024 of 65,536 levels are drawn']),
    );
  });

  it.each([
    [{ ...data, levels: [] }, {}, 'quantizationGrid: levels must have at least one entry, got []'],
    [{ ...data, levels: [1, 1] }, {}, 'quantizationGrid: levels must be finite and ascending, got "1 at levels[1]"'],
    [{ ...data, levels: [Number.NaN] }, {}, 'quantizationGrid: levels must be finite and ascending'],
    [{ ...data, counts: [1] }, {}, 'quantizationGrid: counts must have one entry per bin'],
    [{ ...data, counts: [1, 2, 3, -1] }, {}, 'quantizationGrid: counts must be at least 0, got "-1 at counts[3]"'],
    [{ ...data, edges: [0] }, {}, 'quantizationGrid: edges must have at least two entries'],
    [{ ...data, nonFinite: 0.5 }, {}, 'quantizationGrid: nonFinite must be a whole number, got 0.5'],
    [data, { xLabel: 5 }, 'quantizationGrid: xLabel must be a string, got 5'],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => quantizationGrid(data as never, options as never)).toThrow(message);
  });
});
