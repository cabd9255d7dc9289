import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rescaledBins } from '../../src/calibration/rescaled-bins.ts';
import type { IntegerScheme } from '../../src/grids/integers.ts';
import {
  clippingRange,
  type HistogramState,
  histogramObserver,
  minMaxObserver,
  movingAverageObserver,
  type ObservedGrid,
  type Observer,
  observerFrom,
  quantizeValues,
} from '../../src/index.ts';
import { floats, golden, normals } from '../helpers.ts';

interface Wanted {
  min: number[];
  max: number[];
  grids: Record<string, { scales: number[]; zeroPoints: number[] }>;
}

interface Extremes {
  of: string;
  name: string;
  shapes: number[][];
  batches: string[];
  minMax: Wanted;
  movingAverage: Record<string, Wanted>;
  channels: { axis: number; minMax: Wanted; movingAverage: Wanted }[];
}

interface Found {
  low: number;
  high: number;
  range: [number, number];
  scale: number;
  zeroPoint: number;
  symmetric: number;
}

interface Histograms {
  of: string;
  name: string;
  bins: number;
  batches: string[];
  float64: Found & { counts: number[] };
  float32: Found;
}

const ALL = golden<Extremes | Histograms>('observers');
const EXTREMES = ALL.filter(({ of }) => of === 'extremes') as Extremes[];
const HISTOGRAMS = ALL.filter(({ of }) => of === 'histograms') as Histograms[];

const watched = (observer: Observer, { batches, shapes }: { batches: string[]; shapes?: number[][] }): Observer => {
  for (const [i, batch] of batches.entries()) observer.observe(floats(batch), shapes?.[i]);
  return observer;
};

function expectGrids(observer: Observer, { min, max, grids }: Wanted): void {
  for (const [name, { scales, zeroPoints }] of Object.entries(grids)) {
    const [dtype, scheme] = name.split(' ') as ['uint8' | 'int8', IntegerScheme];
    const found = observer.parameters({ dtype, scheme });
    // Bit for bit: torch and these compute in float32, step by step.
    expect([name, found.min, found.max, found.scales, found.zeroPoints]).toEqual([name, min, max, scales, zeroPoints]);
  }
}

describe('minMaxObserver', () => {
  it.each(EXTREMES)('minMaxObserver() is torch.ao MinMaxObserver on $name', (g) => {
    expectGrids(watched(minMaxObserver(), g), g.minMax);
  });

  it.each(EXTREMES)('minMaxObserver({ axis }) is PerChannelMinMaxObserver on $name', (g) => {
    for (const { axis, minMax } of g.channels) {
      expectGrids(watched(minMaxObserver({ axis }), g), minMax);
      expectGrids(watched(minMaxObserver({ axis: axis - g.shapes[0]!.length }), g), minMax);
    }
  });

  it('minMaxObserver() gives ranges that quantizeValues takes', () => {
    const w = normals(24);
    const observer = minMaxObserver({ axis: 1 });
    observer.observe(w, [4, 6]);
    const { min, max, scales } = observer.parameters({ dtype: 'int8' });
    const grid = { dtype: 'int8', granularity: { axis: 1 } } as const;
    expect([...quantizeValues(w, [4, 6], { ...grid, ranges: { min, max } }).scales!]).toEqual(scales);
  });
});

describe('movingAverageObserver', () => {
  it.each(EXTREMES)('movingAverageObserver() is torch.ao MovingAverageMinMaxObserver on $name', (g) => {
    expectGrids(watched(movingAverageObserver(), g), g.movingAverage['0.01']!);
    expectGrids(watched(movingAverageObserver({ constant: 0.3 }), g), g.movingAverage['0.3']!);
  });

  it.each(EXTREMES)('movingAverageObserver({ axis }) is MovingAveragePerChannelMinMaxObserver on $name', (g) => {
    for (const { axis, movingAverage } of g.channels)
      expectGrids(watched(movingAverageObserver({ axis, constant: 0.3 }), g), movingAverage);
  });

  it('movingAverageObserver().merge(other) goes on as if its batches had come after', () => {
    const batches = Array.from({ length: 7 }, (_, i) => normals(30, 1 + i, 0, i + 1));
    const whole = movingAverageObserver({ constant: 0.2 });
    for (const batch of batches) whole.observe(batch);
    for (const cut of [0, 1, 3, 6, 7]) {
      const [a, b] = [movingAverageObserver({ constant: 0.2 }), movingAverageObserver({ constant: 0.2 })];
      for (const [i, batch] of batches.entries()) (i < cut ? a : b).observe(batch);
      a.merge(JSON.parse(JSON.stringify(b)));
      const [found, wanted] = [a.parameters(), whole.parameters()];
      // Up to 7 steps of 3 roundings to float32 each, of numbers below 32, and the merge's own.
      expect(Math.abs(found.min[0]! - wanted.min[0]!)).toBeLessThan(24 * 32 * 2 ** -24);
      expect(Math.abs(found.max[0]! - wanted.max[0]!)).toBeLessThan(24 * 32 * 2 ** -24);
      expect(a.count).toBe(210);
    }
  });
});

describe('histogramObserver', () => {
  it.each(HISTOGRAMS)('histogramObserver({ bins: $bins }) is torch.ao HistogramObserver on $name', (g) => {
    const observer = watched(histogramObserver({ bins: g.bins }), g);
    const { low, high, counts } = observer.toJSON() as HistogramState;
    expect([low, high]).toEqual([g.float64.low, g.float64.high]);
    expect(counts).toEqual(g.float64.counts);
    const grid = observer.parameters({ dtype: 'uint8' });
    const { range, scale, zeroPoint, symmetric } = g.float64;
    const width = high! - low!;
    // Float64 here and there; edges are products and sums of two roundings.
    expect(Math.abs(grid.min[0]! - range[0])).toBeLessThanOrEqual(2 ** -50 * (width + Math.abs(low!)));
    expect(Math.abs(grid.max[0]! - range[1])).toBeLessThanOrEqual(2 ** -50 * (width + Math.abs(low!)));
    // A scale is rounded to float32 here, its ends before it.
    expect(Math.abs(grid.scales[0]! / scale - 1)).toBeLessThan(2 ** -21);
    expect(grid.zeroPoints).toEqual([zeroPoint]);
    const both = observer.parameters({ dtype: 'int8', scheme: 'symmetric' });
    expect(Math.abs(both.scales[0]! / symmetric - 1)).toBeLessThan(2 ** -21);
    // In float32, as torch runs it, single values fall in a neighboring bin: the search may end a few bins elsewhere.
    expect(Math.abs(grid.min[0]! - g.float32.range[0])).toBeLessThanOrEqual((8 * width) / g.bins);
    expect(Math.abs(grid.max[0]! - g.float32.range[1])).toBeLessThanOrEqual((8 * width) / g.bins);
  });

  it('histogramObserver({ range }) clips as clippingRange does on all values, to the width of a bin', () => {
    const parts = [normals(2000, 1, 0.3, 1), normals(2000, 2, 0, 2), normals(1000, 0.5, -1, 3)];
    const all = Float32Array.from(parts.flatMap((part) => [...part]));
    // Entropy sees bins of its own, which begin elsewhere than those it is given.
    for (const range of ['minmax', 'percentile', 'mse', 'octav'] as const) {
      const observer = histogramObserver({ range, ...(range === 'percentile' ? { percentile: 99 } : {}) });
      for (const part of parts) observer.observe(part);
      const method = range === 'percentile' ? { method: range, percentile: 99 } : { method: range };
      const wanted = clippingRange(all, method);
      const { low, high } = observer.toJSON() as HistogramState;
      const { min, max, clipped } = observer.parameters();
      // mse tries 64 places a side.
      const width = (high! - low!) / (range === 'mse' ? 64 : 1024);
      expect(Math.abs(min[0]! - wanted.min)).toBeLessThanOrEqual(width);
      expect(Math.abs(max[0]! - wanted.max)).toBeLessThanOrEqual(width);
      const outside = all.filter((x) => x < min[0]! || x > max[0]!).length / all.length;
      // What lies in the bins that the two ends cut.
      expect(Math.abs(clipped! - outside)).toBeLessThan(0.005);
    }
    const entropy = histogramObserver({ range: 'entropy' });
    entropy.observe(all);
    const { min, max } = entropy.parameters({ dtype: 'int4' });
    expect(max[0]! - min[0]!).toBeLessThan(clippingRange(all, { method: 'minmax' }).max * 2);
    expect(() => entropy.parameters({ dtype: 'uint16' })).toThrow(
      'histogramObserver.parameters: dtype must have 8 bits at most for entropy, got "uint16"',
    );
  });

  it('histogramObserver() keeps bins alone: what it says grows with none of 50 batches', () => {
    const observer = histogramObserver({ bins: 64 });
    for (let i = 1; i <= 50; i++) observer.observe(normals(100, i, 0, i));
    const { counts, count } = observer.toJSON() as HistogramState;
    expect([counts.length, count]).toEqual([64, 5000]);
    // Fractions of 16 are exact while sixteenths of sixteenths fit: sums are rounded otherwise.
    expect(Math.abs(counts.reduce((a, b) => a + b, 0) - 5000)).toBeLessThan(1e-6);
  });

  it('histogramObserver().merge(other) adds up both over the wider range, whichever comes first', () => {
    const [x, y] = [normals(400, 1, 0, 4), normals(300, 3, 2, 5)];
    const [a, b] = [x, y].map((values) => {
      const one = histogramObserver({ bins: 128 });
      one.observe(values);
      return one;
    }) as [Observer, Observer];
    const other = observerFrom(JSON.parse(JSON.stringify(b)));
    const before = observerFrom(a.toJSON());
    a.merge(b);
    other.merge(before);
    expect(a.toJSON()).toEqual(other.toJSON());
    expect(a.count).toBe(700);
    const merged = a.toJSON() as HistogramState;
    expect(merged.low).toBe(Math.min(...x, ...y));
    expect(merged.high).toBe(Math.max(...x, ...y));
    // Each value is at most one bin of the wider histogram, and a half of its own, from where it was.
    const at = (values: Iterable<number>, edge: number) => [...values].filter((v) => v <= edge).length;
    const width = (merged.high! - merged.low!) / 128;
    let sum = 0;
    for (const [i, count] of merged.counts.entries()) {
      sum += count;
      const edge = merged.low! + (i + 1) * width;
      expect(sum).toBeGreaterThanOrEqual(at([...x, ...y], edge - 2 * width) - 1e-9);
      expect(sum).toBeLessThanOrEqual(at([...x, ...y], edge + 2 * width) + 1e-9);
    }
  });
});

describe('rescaledBins', () => {
  it('rescaledBins(bins, low, high) keeps the sum, whatever the range', () => {
    const counts = fc.array(fc.nat(1000), { minLength: 16, maxLength: 16 });
    const size = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(counts, size, size, size, (all, width, below, above) => {
        const bins = { counts: all, low: -width, high: width };
        const into = rescaledBins(bins, -width - below, width + above);
        const sum = (list: Iterable<number>) => [...list].reduce((a, b) => a + b, 0);
        return Math.abs(sum(into) - sum(all)) <= 1e-9 * sum(all);
      }),
      { numRuns: 200 },
    );
  });
});

describe('observers', () => {
  const MADE: [string, () => Observer][] = [
    ['minMaxObserver', () => minMaxObserver()],
    ['movingAverageObserver', () => movingAverageObserver({ constant: 0.2 })],
    ['histogramObserver', () => histogramObserver({ bins: 32 })],
  ];

  it.each(MADE)('observerFrom(%s().toJSON()) goes on as that one does, through JSON', (_, make) => {
    for (const batches of [0, 1, 3]) {
      const first = make();
      for (let i = 0; i < batches; i++) first.observe(normals(20, i + 1, 0, i));
      const again = observerFrom(JSON.parse(JSON.stringify(first)));
      for (const one of [first, again]) one.observe(normals(10, 9, 0, 9));
      expect(again.toJSON()).toEqual(first.toJSON());
      expect(again.parameters()).toEqual(first.parameters());
    }
  });

  it.each(MADE)('%s() refuses NaN by index and stays as it was; no values change nothing', (name, make) => {
    const observer = make();
    observer.observe(Float32Array.of(1, 2));
    const before = observer.toJSON();
    expect(() => observer.observe(Float32Array.of(3, Number.NaN))).toThrow(
      `${name}.observe: values must be finite, got NaN at values[1]`,
    );
    expect(() => observer.observe(Float32Array.of(Number.NEGATIVE_INFINITY))).toThrow('got -Infinity at values[0]');
    expect(() => observer.observe([1] as never)).toThrow(`${name}.observe: values must be a Float32Array, got [1]`);
    observer.observe(new Float32Array(0));
    expect(observer.toJSON()).toEqual(before);
  });

  it.each(MADE)('%s().parameters() says that nothing was observed', (name, make) => {
    expect(() => make().parameters()).toThrow(`${name}.parameters: something must have been observed, got 0 values`);
    const observer = make();
    observer.observe(Float32Array.of(1));
    expect(() => observer.parameters({ dtype: 'float16' as never })).toThrow(`${name}.parameters: dtype must be of`);
    expect(() => observer.parameters({ scheme: 'even' as never })).toThrow(`${name}.parameters: scheme must be`);
    expect(() => observer.parameters({ narrow: 1 as never })).toThrow(`${name}.parameters: narrow must be true or`);
    expect(() => observer.parameters({ bits: 8 } as never)).toThrow(`${name}.parameters: options must be among`);
  });

  it('minMaxObserver().merge(other) takes the wider range, of observers and of states of its kind alone', () => {
    const [a, b] = [minMaxObserver({ axis: -1 }), minMaxObserver({ axis: -1 })];
    a.observe(Float32Array.of(1, 2), [1, 2]);
    b.observe(Float32Array.of(0, 5), [1, 2]);
    a.merge(b.toJSON());
    expect(a.parameters()).toMatchObject({ min: [0, 2], max: [1, 5], clipped: 0 } satisfies Partial<ObservedGrid>);
    expect(() => a.merge(histogramObserver())).toThrow(
      'minMaxObserver.merge: other must be an observer of kind minMax, or its state, got "histogram"',
    );
    expect(() => a.merge(minMaxObserver())).toThrow('minMaxObserver.merge: other must have axis -1, got null');
    expect(() => a.observe(Float32Array.of(1), [1, 1])).toThrow('shape must have 2 channels at axis -1, as before');
    expect(() => a.observe(Float32Array.of(1))).toThrow('shape must be given for an observer with an axis');
    const one = histogramObserver({ bins: 16 });
    expect(() => one.merge(histogramObserver())).toThrow('histogramObserver.merge: other must have 16 bins, got 2048');
    const slow = movingAverageObserver();
    expect(() => slow.merge(movingAverageObserver({ constant: 1 }))).toThrow('other must have constant 0.01, got 1');
  });

  it('observerFrom(state) refuses what no observer says', () => {
    const { counts, ...rest } = histogramObserver({ bins: 16 }).toJSON() as HistogramState;
    expect(() => observerFrom({ ...rest, counts: counts.slice(1) })).toThrow('counts must have 16 to 65536 bins');
    expect(() => observerFrom({ ...rest, count: 3, low: 0, high: 1, counts })).toThrow('counts must add up to 3');
    expect(() => observerFrom({ ...rest, counts, low: 1 })).toThrow('low and high must be null without values');
    const state = minMaxObserver().toJSON();
    expect(() => observerFrom({ ...state, min: [2] } as never)).toThrow('state.min must have 0 numbers');
    expect(() => observerFrom({ ...state, count: 1, min: [2], max: [1] } as never)).toThrow('max[0] must be 2 or more');
    expect(() => observerFrom({ kind: 'none' } as never)).toThrow('observerFrom: state.kind must be among minMax');
  });
});
