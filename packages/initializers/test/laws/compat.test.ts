import * as tf from '@tensorflow/tfjs';
import { artifactsOf, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { type Compat, heNormal, initialize, truncatedNormal, varianceScaling } from '../../src/index.ts';
import { lawOf } from '../../src/laws/initializer.ts';
import { fromConfig } from '../../src/laws/laws.ts';
import { layerInitializer } from '../../src/layers.ts';
import { golden, LAYERS, make, spreadOf } from '../support.ts';

interface LayerCase {
  call: string;
  layer: string;
  weight: string;
  law: string;
  config: Record<string, number | string | boolean>;
  shape: number[];
  fanIn: number;
  fanOut: number;
  count: number;
  std: number;
  largest: number;
}

/** Standard error of a standard deviation of n values, relative. */
const errorOf = (kurtosis: number, n: number): number => Math.sqrt((kurtosis - 1) / (4 * n));

describe.each([
  ['torch', 'torch-init'],
  ['keras', 'keras-layers'],
] as const)('{ compat: %j } through initialize', (compat, file) => {
  it.each(golden<LayerCase>(file))('has the fans and the law of $call ($layer, $law)', (c) => {
    const model = tf.sequential({ layers: LAYERS[c.layer]!() });
    const initializer = make(c.law, { ...c.config, compat });
    const { initialized } = initialize(model, { [`**/${c.weight}`]: initializer }, { seed: 3 });
    model.dispose();
    const found = initialized[0]!;
    expect(found.shape).toEqual(c.shape);
    expect([found.fanIn, found.fanOut]).toEqual([c.fanIn, c.fanOut]);
    const { std, kurtosis } = lawOf(initializer)!.spread(found, c.shape);
    // Their values and ours, each within five standard errors.
    expect(Math.abs(c.std / std - 1)).toBeLessThan(5 * errorOf(kurtosis, c.count));
    expect(Math.abs(found.deviation!)).toBeLessThan(5);
    if (kurtosis === 1.8) expect(c.largest / std).toBeLessThanOrEqual(Math.sqrt(3) * (1 + 2 ** -22));
    // One normal value in 43 lies beyond ±2 / 0.8796 standard deviations: of 2000 and more, some, unless they are cut off.
    else expect(c.largest / std > 2.2737 * (1 + 2 ** -22)).toBe(compat === 'torch');
  });
});

describe("{ compat: 'tfjs' } against stock initializers", () => {
  const stock = tf.initializers;
  it.each<[law: string, config: object, theirs: { apply(shape: number[]): tf.Tensor }]>([
    ['heNormal', {}, stock.heNormal({ seed: 5 })],
    ['heUniform', {}, stock.heUniform({ seed: 5 })],
    ['glorotNormal', {}, stock.glorotNormal({ seed: 5 })],
    ['glorotUniform', {}, stock.glorotUniform({ seed: 5 })],
    ['lecunNormal', {}, stock.leCunNormal({ seed: 5 })],
    ['lecunUniform', {}, stock.leCunUniform({ seed: 5 })],
    [
      'varianceScaling',
      { scale: 3, mode: 'fanOut', distribution: 'truncatedNormal' },
      stock.varianceScaling({ scale: 3, mode: 'fanOut', distribution: 'normal', seed: 5 }),
    ],
  ])('%s(%j) has their standard deviation and ends at rank 1 to 6', async (law, config, theirs) => {
    const ours = make(law, { ...config, compat: 'tfjs' });
    for (const shape of [[3600], [60, 80], [10, 12, 40], [3, 3, 20, 25], [2, 2, 2, 20, 25], [2, 2, 2, 2, 15, 20]]) {
      const { std, kurtosis } = lawOf(ours)!.spread(lawOf(ours)!.fansOf!(shape), shape);
      const end = kurtosis === 1.8 ? Math.sqrt(3) : 2 / 0.8796256610342398;
      for (const values of [await valuesOf(theirs.apply(shape)), await valuesOf(ours(shape, { seed: 2 }))]) {
        expect(Math.abs(spreadOf(values).std / std - 1)).toBeLessThan(5 * errorOf(kurtosis, values.length));
        const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
        expect(largest / std).toBeLessThanOrEqual(end * (1 + 2 ** -21));
        // 3600 values leave the outer 3 % of the range empty by a chance of less than e^-12.
        expect(largest / std).toBeGreaterThan(0.97 * end);
      }
    }
  });

  it('is 0.8796 of the law without it, entry by entry, and equal for uniform laws', async () => {
    const plain = await valuesOf(heNormal()([40, 30], { seed: 1 }));
    const theirs = await valuesOf(heNormal({ compat: 'tfjs' })([40, 30], { seed: 1 }));
    // The quotient of the scales is rounded twice, each product once.
    for (const [i, x] of plain.entries())
      expect(Math.abs(theirs[i]! - 0.8796256610342398 * x)).toBeLessThan(Math.abs(x) * 2 ** -21);
  });
});

describe("truncatedNormal({ compat: 'torch' })", () => {
  interface Truncated {
    call: string;
    mean: number;
    std: number;
    lower: number;
    upper: number;
    count: number;
    drawn: { mean: number; std: number; min: number; max: number };
  }

  it.each(golden<Truncated>('torch-truncated'))('is $call', async ({ mean, std, lower, upper, count, drawn }) => {
    const initializer = truncatedNormal({ mean, std, lower, upper, compat: 'torch' });
    const { mean: middle, std: spread, kurtosis } = lawOf(initializer)!.spread({ fanIn: 1, fanOut: 1 }, [1]);
    const values = await valuesOf(initializer([20000], { seed: 6 }));
    const ours = { ...spreadOf(values), count: values.length };
    ours.std = spreadOf(values, ours.mean).std;
    for (const found of [{ ...drawn, count }, ours]) {
      expect(Math.abs(found.mean - middle)).toBeLessThan((5 * spread) / Math.sqrt(found.count));
      expect(Math.abs(found.std / spread - 1)).toBeLessThan(5 * errorOf(kurtosis, found.count));
    }
    expect(Math.min(drawn.min, ...values)).toBeGreaterThanOrEqual(lower);
    expect(Math.max(drawn.max, ...values)).toBeLessThanOrEqual(upper);
  });

  it('keeps to the bounds where the mean is far outside of them, on the side that is nearer', async () => {
    const values = await valuesOf(truncatedNormal({ mean: 10, compat: 'torch' })([500], { seed: 1 }));
    // PyTorch gives -2 here. The tail of a standard normal beyond 8 falls off with a mean of about 1 / 8.
    expect(Math.max(...values)).toBeLessThanOrEqual(2);
    expect(Math.min(...values)).toBeGreaterThan(0);
    expect(Math.abs(spreadOf(values).mean - (2 - 0.1215))).toBeLessThan((5 * 0.12) / Math.sqrt(500));
  });

  it('has the defaults of trunc_normal_, and the law of Keras and TensorFlow.js is that without compat', async () => {
    expect(truncatedNormal({ compat: 'torch' }).config).toMatchObject({ mean: 0, std: 1, lower: -2, upper: 2 });
    const plain = await valuesOf(truncatedNormal()([20], { seed: 2 }));
    for (const compat of ['keras', 'tfjs'] as const)
      expect(await valuesOf(truncatedNormal({ compat })([20], { seed: 2 }))).toEqual(plain);
  });
});

it('{ compat } refuses frameworks, modes, distributions and ranks that it has not, and names what it has', () => {
  expect(() => heNormal({ compat: 'jax' as Compat })).toThrow('heNormal: compat must be tfjs, keras, torch, got "jax"');
  expect(() => truncatedNormal({ compat: 'toString' as Compat })).toThrow('truncatedNormal: compat must be tfjs');
  expect(() => truncatedNormal({ std: 0, compat: 'torch' })).toThrow('truncatedNormal: std must be above 0 with');
  expect(() => varianceScaling({ compat: 'tfjs', distribution: 'normal' })).toThrow(
    'varianceScaling: distribution must be truncatedNormal, uniform with compat tfjs, got "normal"',
  );
  expect(() => varianceScaling({ compat: 'torch', distribution: 'truncatedNormal' })).toThrow(
    'varianceScaling: distribution must be normal, uniform with compat torch, got "truncatedNormal"',
  );
  for (const compat of ['tfjs', 'keras', 'torch'] as const)
    expect(() => varianceScaling({ compat, mode: 'fanGeoAvg' })).toThrow(
      `varianceScaling: mode must be fanIn, fanOut, fanAvg with compat ${compat}, got "fanGeoAvg"`,
    );
  expect(() => heNormal({ compat: 'torch' })([4])).toThrow(
    'heNormal: shape must have rank 2 or more with compat torch',
  );
});

it('{ compat } takes fans that the call gives over those of the framework', async () => {
  const fans = { fanIn: 18, fanOut: 1 };
  expect(await valuesOf(heNormal({ compat: 'torch' })([9], { fans }))).toEqual(
    await valuesOf(varianceScaling({ scale: 2, distribution: 'normal' })([9], { fans })),
  );
});

it('{ compat } is saved and loaded with a layer', async () => {
  for (const made of [heNormal({ compat: 'tfjs' }), varianceScaling({ compat: 'torch', mode: 'fanAvg' })]) {
    const kernelInitializer = layerInitializer(made, { seed: 4 });
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2], kernelInitializer })] });
    const artifacts = await artifactsOf((handler) => model.save(handler));
    // Built anew from the saved configuration, without the saved weights.
    const again = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology: artifacts.modelTopology! }));
    expect(await valuesOf(again.getWeights()[0]!)).toEqual(await valuesOf(made([2, 3], { seed: 4 })));
    expect(again.layers[0]!.getConfig()).toMatchObject({
      kernelInitializer: { config: { law: made.law, options: made.config } },
    });
  }
});

it('{ compat } is part of the config, and left out of it by default', async () => {
  expect(heNormal().config).toEqual({});
  for (const made of [heNormal({ compat: 'tfjs' }), varianceScaling({ compat: 'torch' })]) {
    expect(made.config).toMatchObject({ compat: made.law === 'heNormal' ? 'tfjs' : 'torch' });
    const again = fromConfig(made.law, made.config);
    expect(await valuesOf(again([6, 5], { seed: 1 }))).toEqual(await valuesOf(made([6, 5], { seed: 1 })));
  }
  expect(varianceScaling({ compat: 'torch' }).config.distribution).toBe('normal');
});
