import { gradientFlow } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { cornersOf, cpuTime, pathsOf, textsOf } from '../figures.ts';

const layers = [
  { name: 'in', mean: 1e-6, max: 1e-4 },
  { name: 'hidden', mean: 1e-4, max: 1e-2 },
  { name: 'out', mean: 1e-2, max: 1 },
];

/** The x coordinates of all dots in a group. */
const dotsOf = (svg: string, mark: string) => {
  const inside = new RegExp(`<g data-mark="${mark}"[^>]*>(.*?)</g>`).exec(svg)![1]!;
  return [...inside.matchAll(/ cx="([\d.]+)"/g)].map(([, x]) => Number(x));
};

describe('gradientFlow(data, options)', () => {
  it('draws equal factors at equal distances, and a line through the means', () => {
    const svg = gradientFlow({ layers }).svg();
    const mean = dotsOf(svg, 'from') as [number, number, number];
    const max = dotsOf(svg, 'to');
    expect(mean[1] - mean[0]).toBeCloseTo(mean[2] - mean[1], 1);
    for (const k of [0, 1]) expect(max[k]).toBeCloseTo(mean[k + 1]!, 1);
    const [line] = cornersOf(pathsOf(svg, 'flow')[0]!);
    expect(line!.map(([x]) => x)).toEqual(mean);
  });

  it('names 0 and what is not finite beside the layer, and breaks the line there', () => {
    const odd = [
      ...layers,
      { name: 'dead', mean: 0, max: 0 },
      { name: 'lost', mean: Number.NaN, max: null },
      layers[0]!,
    ];
    const figure = gradientFlow({ layers: odd });
    const svg = figure.svg();
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['mean 0; max 0', 'mean NaN; max missing']));
    expect(dotsOf(svg, 'from')).toHaveLength(4);
    expect(cornersOf(pathsOf(svg, 'flow')[0]!)).toHaveLength(2);
    expect(figure.description).toBe(
      '6 layers, |gradient| by layer: the least mean 0 (dead), the largest 0.01 (out). in mean 1e−6, max 0.0001; hidden mean ' +
        '0.0001, max 0.01; out mean 0.01, max 1; dead mean 0, max 0; lost mean NaN, max missing; in mean 1e−6, max 0.0001.',
    );
    expect(figure.table.rows[4]).toEqual(['lost', 'NaN', 'missing']);
  });

  it('draws layers without a mean', () => {
    const figure = gradientFlow({ layers: [{ name: 'a', mean: 'NaN', max: 'Infinity' }] });
    expect(figure.description).toMatch(/^One layer, .*: no mean\. a mean NaN, max Infinity\.$/);
    expect(figure.svg()).toContain('data-mark="flow"');
  });

  it('draws a million layers in bounded time and bytes, and says how', () => {
    const many = Array.from({ length: 1e6 }, (_, i) => ({ name: `l${i}`, mean: 1 + i, max: 2 + 2 * i }));
    let svg = '';
    const draw = () => {
      svg = gradientFlow({ layers: many }).svg();
    };
    expect(cpuTime(draw, 8000)).toBeLessThan(8000);
    expect(svg.length).toBeLessThan(200_000);
    expect(textsOf(svg)).toContain('each row is one of up to 5000 of 1,000,000 layers');
  });

  it.each([
    [{ layers: [] }, 'gradientFlow: layers must have at least one entry, got []'],
    [{ layers: [{ mean: 1, max: 1 }] }, 'gradientFlow: layers[0].name must be a string, got undefined'],
    [{ layers: [{ name: 'a', mean: -1, max: 1 }] }, 'gradientFlow: layers[0].mean must be at least 0, got -1'],
    [
      { layers: [{ name: 'a', mean: 1, max: '1' }] },
      `gradientFlow: layers[0].max must be a number, 'NaN', 'Infinity', '-Infinity' or null, got "1"`,
    ],
  ])('rejects %o', (data, message) => {
    expect(() => gradientFlow(data as never)).toThrow(message);
  });
});
