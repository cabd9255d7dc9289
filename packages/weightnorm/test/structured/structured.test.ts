import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { artifactsOf, hasKernel, leakOf, loadStock, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { constrain, type StructureOptions, structured, structuredMap, weightNorm } from '../../src/index.ts';
import golden from '../golden/structured.json' with { type: 'json' };

const predicted = (m: tf.LayersModel, x: tf.Tensor): Promise<Float32Array> => valuesOf(m.predict(x) as tf.Tensor);
const read = (m: tf.LayersModel): Promise<Float32Array> => valuesOf(weightsOf(m)[0]!.read());
const dense = (units = 3): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.dense({
        units,
        inputShape: [3],
        useBias: false,
        name: 'a',
        kernelInitializer: tf.initializers.randomNormal({ stddev: 1, seed: 3 }),
      }),
    ],
  });

const STRUCTURES: readonly StructureOptions[] = [
  { structure: 'symmetric' },
  { structure: 'skew' },
  { structure: 'lowerTriangular' },
  { structure: 'upperTriangular' },
  { structure: 'blockDiagonal', blocks: 2 },
  { structure: 'circulant' },
  { structure: 'positive' },
  { structure: 'positive', map: 'exp' },
];

// Square where matrices are to be.
const BUILDS: Record<string, { layer: () => tf.layers.Layer; input: number[]; property?: string; train?: string }> = {
  dense: { layer: () => tf.layers.dense({ units: 4, inputShape: [4] }), input: [2, 4] },
  conv2d: {
    layer: () => tf.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [4, 4, 2] }),
    input: [2, 4, 4, 2],
    train: 'Conv2DBackpropFilter',
  },
  simpleRNN: {
    layer: () => tf.layers.simpleRNN({ units: 2, inputShape: [3, 2], recurrentInitializer: 'glorotNormal' }),
    input: [2, 3, 2],
    property: 'recurrentKernel',
  },
};

describe('structured', () => {
  for (const { call, options, lr, steps, kernel, x, y, trained } of golden.training)
    it(`structured trains as torch does: ${call}`, async () => {
      const m = dense();
      m.setWeights([tf.tensor2d(kernel, [3, 3])]);
      const handle = structured(m.layers[0]!, options as StructureOptions);
      // The weight has the structure: exact for a projection, else to the rounding of its map and the inverse near 1e-4.
      expect((await handle.measure()).moved).toBeLessThan(options.structure === 'positive' ? 2 ** -20 : 2 ** -60);
      expect([handle.kind, handle.needsRecompile]).toEqual(['structured', false]);
      m.compile({ optimizer: tf.train.sgd(lr), loss: 'meanSquaredError' });
      const [inputs, targets] = [tf.tensor2d(x, [6, 3]), tf.tensor2d(y, [6, 3])];
      await m.fit(inputs, targets, { epochs: steps, batchSize: 6, shuffle: false, verbose: 0 });
      // Five steps of sums of 18 products up to 8, of which each carries on the error of the one before.
      const largest = Math.max(1, ...trained.map(Math.abs));
      expect(maxAbsDifference(await read(m), trained)).toBeLessThan(2 ** -16 * largest);
    });

  for (const options of STRUCTURES)
    for (const [name, { layer, input, property, train }] of Object.entries(BUILDS))
      it(`structured as ${JSON.stringify(options)} on ${name} trains within, folds and saves as stock tfjs predicts bit for bit`, async () => {
        const m = tf.sequential({ layers: [layer()] });
        const x = tf.randomNormal(input, 0, 1, 'float32', 7);
        const handle = structured(m.layers[0]!, { ...options, ...(property ? { property } : {}) });
        const start = await valuesOf(handle.value());
        if (!train || hasKernel(train)) {
          m.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
          const y = tf.tidy(() => tf.onesLike(m.predict(x) as tf.Tensor));
          await m.fit(x, y, { epochs: 2, verbose: 0 });
          expect(maxAbsDifference(await valuesOf(handle.value()), start)).toBeGreaterThan(0);
        }
        const value = handle.value();
        if (options.structure === 'positive') expect((await valuesOf(value)).every((one) => one > 0)).toBe(true);
        else expect(await valuesOf(structuredMap(value, options))).toEqual(await valuesOf(value));
        const trained = await predicted(m, x);
        expect(await predicted(await loadStock(await foldedArtifacts(m)), x)).toEqual(trained);
        handle.fold();
        expect(await predicted(m, x)).toEqual(trained);
        expect(await predicted(await loadStock(await artifactsOf((to) => m.save(to))), x)).toEqual(trained);
      });

  for (const options of STRUCTURES.map((one) => (one.blocks ? { ...one, blocks: 3 } : one)))
    it(`structured as ${JSON.stringify(options)}: measures the distance to the nearest, keeps what has the structure, and restore gives the weight back bit for bit; nothing leaks`, async () => {
      const leak = await leakOf(async () => {
        const m = dense();
        const before = await read(m);
        const handle = structured(m.layers[0]!, options);
        const nearest = await read(m);
        const change = before.map((one, i) => Math.abs(one - nearest[i]!));
        const { distance, moved } = await handle.measure();
        // Of nine differences up to 4, which are rounded once, their squares' sum and a root.
        expect(Math.abs(moved - Math.max(...change))).toBeLessThan(2 ** -19);
        expect(Math.abs(distance - Math.hypot(...change))).toBeLessThan(2 ** -18);
        if (options.structure === 'positive')
          for (const [i, one] of before.entries())
            expect(Math.abs(nearest[i]! - Math.max(one, 1e-4))).toBeLessThan(2 ** -20);
        // Writing what has the structure.
        const w = tf.tidy(() => structuredMap(tf.tensor2d([1, -2, 3, 0.5, 2, -1, -4, 0, 1], [3, 3]), options));
        weightsOf(m)[0]!.write(w);
        const wanted = Float32Array.from(await w.data());
        const exact = options.structure === 'positive' ? 2 ** -19 : 0;
        expect(maxAbsDifference(await read(m), wanted)).toBeLessThanOrEqual(exact);
        expect((await handle.measure()).distance).toBeLessThanOrEqual(exact * 3);
        handle.restore();
        if (options.structure === 'positive') expect(await read(m)).toEqual(before);
        expect(parametrizationsOf(m)).toEqual([]);
        tf.tidy(() => m.setWeights([tf.tensor2d(before, [3, 3])]));
        structured(m.layers[0]!, options).restore();
        expect(await read(m)).toEqual(before);
        structured(m.layers[0]!, options).fold();
        const gone = structured(m.layers[0]!, options);
        m.dispose();
        gone.restore();
        await expect(gone.measure()).rejects.toThrow('measure: parametrization must be in place');
        w.dispose();
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
    });

  it('structured to positive of weights at 0 and below, of a bias too, trains without NaN', async () => {
    const m = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], kernelInitializer: 'zeros' })] });
    const handles = ['kernel', 'bias'].map((property) => structured(m.layers[0]!, { structure: 'positive', property }));
    expect(Math.abs((await handles[0]!.measure()).moved - 1e-4)).toBeLessThan(2 ** -20);
    m.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
    await m.fit(tf.ones([2, 3]), tf.ones([2, 2]), { epochs: 3, verbose: 0 });
    for (const handle of handles)
      expect((await valuesOf(handle.value())).every((one) => one > 0 && Number.isFinite(one))).toBe(true);
  });

  it('structured stacks: a symmetric positive weight, under a mask, in a shared layer', async () => {
    const shared = tf.layers.dense({ units: 3, inputShape: [3], name: 'shared' });
    const input = tf.input({ shape: [3] });
    const m = tf.model({ inputs: input, outputs: shared.apply(shared.apply(input)) as tf.SymbolicTensor });
    structured(shared, { structure: 'positive' });
    const even = structured(shared, { structure: 'symmetric' });
    const mask = tf.tensor2d([0, 1, 1, 1, 0, 1, 1, 1, 0], [3, 3]);
    parametrize(shared, 'kernel', { forward: (w) => tf.mul(w, mask), rightInverse: (w) => w });
    m.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
    const x = tf.randomNormal([4, 3], 0, 1, 'float32', 2);
    await m.fit(x, tf.ones([4, 3]), { epochs: 2, verbose: 0 });
    const [a, b, c, d, e, f, g, h, i] = await valuesOf(even.value());
    expect([a, e, i]).toEqual([0, 0, 0]);
    expect([b, c, f]).toEqual([d, g, h]);
    expect([b, c, f].every((one) => one! > 0)).toBe(true);
    expect(await predicted(await loadStock(await foldedArtifacts(m)), x)).toEqual(await predicted(m, x));
  });

  it('structured refuses what it cannot do, and changes nothing', async () => {
    const [m, wide, held] = [dense(), dense(4), dense()];
    const norm = weightNorm(m.layers[0]!);
    const constraint = await constrain(held, [{ constraint: 'unitNorm' }]);
    const count = tf.memory().numTensors;
    for (const [call, message] of [
      [
        () => structured(m.layers[0]!, { structure: 'positive' }),
        'structured: weight must not be parametrized already to be positive, got a/kernel with weightNorm',
      ],
      [
        () => structured(wide.layers[0]!, { structure: 'skew' }),
        'structured: a/kernel must have two last axes of one size to be skew, got [3, 4]',
      ],
      [() => structured(wide.layers[0]!, {} as never), 'structured: structure must be one of symmetric,'],
      [
        () => structured(wide.layers[0]!, { structure: 'positive', property: 'bias' }),
        'structured: property must name one weight of a',
      ],
      [
        () => structured(held.layers[0]!, { structure: 'symmetric' }),
        'weight must not be constrained, got a/kernel with unitNorm',
      ],
    ] as const)
      expect(call).toThrow(message);
    expect(tf.memory().numTensors).toBe(count);
    norm.restore();
    constraint.restore();
  });
});
