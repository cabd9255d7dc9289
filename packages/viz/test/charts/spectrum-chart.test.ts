import { spectrumChart } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { count, cpuTime, pathsOf, textsOf } from '../figures.ts';
import golden from '../golden/tails.json' with { type: 'json' };

/** The dots of a drawing. */
const dotsOf = (svg: string, k = 0) =>
  pathsOf(svg, 'dots')
    [k]!.split('M')
    .slice(1)
    .map((dot) => dot.replace('h0', '').split(',').map(Number) as [number, number]);

/** The ends of a line with a mark. */
function lineOf(svg: string, mark: string): number[] {
  const tag = new RegExp(`<line data-mark="${mark}"[^>]*>`).exec(svg)![0];
  return ['x1', 'y1', 'x2', 'y2'].map((name) => Number(new RegExp(` ${name}="([\\d.-]+)"`).exec(tag)![1]));
}

describe('spectrumChart(data, options)', () => {
  it.each(golden.cases)(
    'estimates the exponent from $xmin on as scipy does',
    ({ xmin, values, alpha, count: tail }) => {
      const { description } = spectrumChart({ spectra: [{ name: 'a', values, fit: { xmin } }] });
      const [, exponent, low, high, , many] =
        /exponent ([\d.]+) \(([\d.]+) to ([\d.]+)\) from ([\d.]+) on, (\d+) values/.exec(description)!;
      // numbers in sentences have three digits
      expect(Number(exponent)).toBe(Number(alpha.toPrecision(3)));
      expect(Number(low)).toBe(Number((alpha - (1.96 * (alpha - 1)) / Math.sqrt(tail)).toPrecision(3)));
      expect(Number(high)).toBe(Number((alpha + (1.96 * (alpha - 1)) / Math.sqrt(tail)).toPrecision(3)));
      expect(Number(many)).toBe(tail);
    },
  );

  it('draws powers of ten at equal distances, each at the share of those as large or larger', () => {
    const svg = spectrumChart({ spectra: [{ name: 'a', values: [1, 1000, 10, 100] }] }).svg();
    const dots = dotsOf(svg);
    expect(dots).toHaveLength(4);
    const [x, y] = [dots.map((dot) => dot[0]), dots.map((dot) => dot[1])];
    for (const k of [0, 1]) expect(x[k]! - x[k + 1]!).toBeCloseTo(x[k + 1]! - x[k + 2]!, 1);
    // 1/4, 2/4, 3/4 and 1 on a log axis
    const unit = (y[0]! - y[3]!) / Math.log(4);
    [0.25, 0.5, 0.75, 1].forEach((share, k) => {
      expect((y[k]! - y[3]!) / unit).toBeCloseTo(-Math.log(share), 2);
    });
  });

  it('draws the law through the values that follow it', () => {
    // the share at or above x is 1 / x², so the density falls as the cube
    const values = Array.from({ length: 100 }, (_, k) => ((k + 1) / 100) ** -0.5);
    const svg = spectrumChart({ spectra: [{ name: 'a', values, fit: { xmin: 1, alpha: 3 } }] }).svg();
    const [x1, y1, x2, y2] = lineOf(svg, 'fit') as [number, number, number, number];
    for (const [x, y] of dotsOf(svg)) expect(y).toBeCloseTo(y1 + ((y2 - y1) * (x - x1)) / (x2 - x1), 1);
    expect(lineOf(svg, 'xmin')[0]).toBe(x1);
    expect(count(svg, /data-mark="interval"/)).toBe(0);
    expect(
      pathsOf(spectrumChart({ spectra: [{ name: 'a', values, fit: { xmin: 1 } }] }).svg(), 'interval'),
    ).toHaveLength(1);
  });

  it('ends a line that is too steep at the lower edge', () => {
    const values = [1, 10, 100];
    const svg = spectrumChart({ spectra: [{ name: 'a', values, fit: { xmin: 1, alpha: 50 } }] }).svg();
    const [, , x2, y2] = lineOf(svg, 'fit');
    const [, , , bottom] = lineOf(svg, 'xmin');
    expect(y2).toBe(bottom);
    expect(x2).toBeLessThan(dotsOf(svg)[0]![0]);
    const flat = spectrumChart({ spectra: [{ name: 'a', values: [2, 2, 2], fit: { xmin: 2 } }] });
    expect(flat.svg()).toContain('data-mark="fit"');
  });

  it('counts what has no place on a log axis, and leaves out what is not finite', () => {
    const figure = spectrumChart({ spectra: [{ name: 'a', values: [4, 2, 0, -1e-12, Number.NaN, null, 'Infinity'] }] });
    expect(figure.table.rows).toEqual([
      ['a', 4, 0.25],
      ['a', 2, 0.5],
    ]);
    expect(figure.description).toBe(
      'One spectrum, the share of values at or above each singular value. a: 4 values from 2 to 4; 2 not above 0; ' +
        '2 not finite (1 NaN, 1 Infinity), 1 missing.',
    );
    expect(textsOf(figure.svg())).toEqual(
      expect.arrayContaining(['2 not above 0', 'NaN (1)', 'Infinity (1)', 'missing (1)']),
    );
    expect(spectrumChart({ spectra: [{ name: 'a', values: [] }] }).description).toContain('a: 0 values.');
  });

  it('names spectra from the second on, and draws 24 of many', () => {
    const spectra = Array.from({ length: 30 }, (_, i) => ({ name: `s<${i}`, values: [i + 1] }));
    const figure = spectrumChart({ spectra });
    expect(pathsOf(figure.svg(), 'dots')).toHaveLength(24);
    expect(textsOf(figure.svg())).toEqual(expect.arrayContaining(['s&lt;0', '24 of 30 spectra are drawn']));
    expect(textsOf(spectrumChart({ spectra: spectra.slice(0, 1) }).svg())).not.toContain('s&lt;0');
  });

  it('draws a million values in bounded time and bytes', () => {
    const values = Float64Array.from({ length: 1e6 }, (_, i) => 1 + Math.abs(Math.sin(i)) * 1000);
    let svg = '';
    const draw = () => {
      svg = spectrumChart({ spectra: [{ name: 'a', values, fit: { xmin: 100 } }] }).svg();
    };
    expect(cpuTime(draw, 8000)).toBeLessThan(8000);
    expect(svg.length).toBeLessThan(60_000);
  });

  it.each([
    [{ spectra: [] }, 'spectrumChart: spectra must have at least one entry, got []'],
    [{ spectra: [{ values: [1] }] }, 'spectrumChart: spectra[0].name must be a string, got undefined'],
    [{ spectra: [{ name: 'a' }] }, 'spectrumChart: spectra[0].values must be an array, got undefined'],
    [
      { spectra: [{ name: 'a', values: [1], fit: { xmin: 0 } }] },
      'spectrumChart: spectra[0].fit.xmin must be finite and above 0, got 0',
    ],
    [
      { spectra: [{ name: 'a', values: [1], fit: { xmin: 2 } }] },
      'spectrumChart: spectra[0].fit.xmin must be at most the largest value, got 2',
    ],
    [
      { spectra: [{ name: 'a', values: [1], fit: { xmin: 1, alpha: 1 } }] },
      'spectrumChart: spectra[0].fit.alpha must be finite and above 1, got 1',
    ],
    [
      { spectra: [{ name: 'a', values: [1], fit: { xmin: 1, interval: [3, 2] } }] },
      'spectrumChart: spectra[0].fit.interval must ascend, got [3, 2]',
    ],
    [{ spectra: [{ name: 'a', values: [1], fit: 5 }] }, 'spectrumChart: spectra[0].fit must be a plain object, got 5'],
  ])('rejects %o', (data, message) => {
    expect(() => spectrumChart(data as never)).toThrow(message);
  });
});
