import { sizeChart } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { count } from '../figures.ts';

const stages = [
  { name: 'float32', bytes: 1_234_567, gzipBytes: 1_000_000 },
  { name: 'int8', bytes: 310_000, gzipBytes: 90_123 },
  { name: 'sparse', bytes: 999 },
];

describe('sizeChart(data, options)', () => {
  it('writes human sizes and the share of the first stage beside each bar', () => {
    const svg = sizeChart({ stages }).svg();
    const notes = ['1.23 MB (100 %)', '310 kB (25.1 %)', '999 B (0.0809 %)', '1 MB (100 %)', '90.1 kB (9.01 %)'];
    for (const note of notes) expect(svg).toContain(`>${note}</text>`);
    expect(count(svg, /data-mark="bars"/)).toBe(2);
    for (const text of ['raw', 'gzipped', 'float32', '500 kB', '1 MB', 'size'])
      expect(svg).toContain(`>${text}</text>`);
  });

  it('draws no legend without gzipped sizes', () => {
    expect(sizeChart({ stages: [stages[2]!] }).svg()).not.toContain('>raw<');
  });

  it('draws a file of no bytes', () => {
    const figure = sizeChart({ stages: [{ name: 'empty', bytes: 0 }] });
    expect(figure.svg()).toContain('>0 B</text>');
    expect(figure.svg()).not.toContain('NaN');
  });

  it('names a size that is not known', () => {
    const figure = sizeChart({
      stages: [
        { name: 'a', bytes: Number.NaN, gzipBytes: null },
        { name: 'b', bytes: 500 },
      ],
    });
    expect(figure.svg()).toContain('>NaN</text>');
    expect(figure.svg()).toContain('>missing</text>');
    expect(figure.description).toBe('2 stages. raw: a NaN, b 500 B. gzipped: a missing.');
    expect(figure.table.rows).toEqual([
      ['a', 'NaN', 'missing'],
      ['b', 500, ''],
    ]);
  });

  it('groups many stages and says so', () => {
    const many = Array.from({ length: 200_000 }, (_, i) => ({ name: `s${i}`, bytes: i }));
    const figure = sizeChart({ stages: many });
    expect(figure.svg()).toContain('>each bar is the largest in magnitude of up to 400 of 200,000</text>');
    expect(figure.svg().length).toBeLessThan(300_000);
    expect(figure.description.length).toBeLessThan(1500);
  });

  it('tabulates exact bytes', () => {
    expect(sizeChart({ stages }).table).toEqual({
      columns: ['stage', 'bytes', 'bytes gzipped'],
      rows: [
        ['float32', 1_234_567, 1_000_000],
        ['int8', 310_000, 90_123],
        ['sparse', 999, ''],
      ],
    });
  });

  it('describes every stage', () => {
    expect(sizeChart({ stages: stages.slice(1, 2) }).description).toBe(
      '1 stage. raw: int8 310 kB (100 %). gzipped: int8 90.1 kB (100 %).',
    );
  });

  it.each([
    [{ stages: [] }, 'sizeChart: stages must have at least one entry, got []'],
    [{ stages: [{ name: 'a', bytes: 1.5 }] }, 'sizeChart: stages[0].bytes must be a whole number of bytes, got 1.5'],
    [{ stages: [{ name: 'a', bytes: -1 }] }, 'sizeChart: stages[0].bytes must be a whole number of bytes, got -1'],
    [
      { stages: [{ name: 'a', bytes: 1, gzipBytes: '5' }] },
      `sizeChart: stages[0].gzipBytes must be a number, 'NaN', 'Infinity', '-Infinity' or null, got "5"`,
    ],
    [{ stages: [{ bytes: 1 }] }, 'sizeChart: stages[0].name must be a string, got undefined'],
  ])('rejects %o', (data, message) => {
    expect(() => sizeChart(data as never)).toThrow(message);
  });
});
