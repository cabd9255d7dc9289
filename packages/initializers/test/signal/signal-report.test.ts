import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { fillNormal, foldIn, moments, randomKey } from '@weightkit/numerics';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  glorotNormal,
  heNormal,
  type Initializer,
  initialize,
  lecunNormal,
  lsuv,
  normal,
  signalReport,
  zeros,
} from '../../src/index.ts';
import { gaussian, weightsNow } from '../data-support.ts';

/** A chain of dense layers `d0`, `d1`, ..., all but the last with the activation. */
function chain(units: number[], inputs: number, activation: string, law?: Initializer): tf.LayersModel {
  const model = tf.sequential({
    layers: units.map((count, i) =>
      tf.layers.dense({
        units: count,
        name: `d${i}`,
        ...(i < units.length - 1 ? { activation: activation as 'relu' } : {}),
        ...(i === 0 ? { inputShape: [inputs] } : {}),
      }),
    ),
  });
  if (law) initialize(model, law, { seed: 1 });
  return model;
}

/** Kernels of ±sqrt(variance / fanIn) by turns: the mean square is exactly what is asked for. */
function setSquares(model: tf.LayersModel, variance: number): void {
  for (const { shape, variable } of weightsOf(model, '*/kernel')) {
    const size = Math.sqrt(variance / shape[0]!);
    const values = tf.tensor(
      Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => (i % 2 ? size : -size)),
      [...shape],
    );
    variable!.assign(values);
    values.dispose();
  }
}

/** Of core, whose moments these are. */
const meanField: Case[] = JSON.parse(
  readFileSync(new URL('../../../core/test/golden/mean-field.json', import.meta.url), 'utf8'),
).cases;

interface Case {
  activation: string;
  weightVariance: number;
  layers: { q: number; chi: number }[];
}

describe('signalReport(model) predicts', () => {
  it.each(meanField)(
    'variance and χ1 of $activation at weight variance $weightVariance as Schoenholz et al. do',
    async ({ activation, weightVariance, layers: expected }) => {
      const model = chain(Array(6).fill(4), 4, activation);
      setSquares(model, weightVariance);
      const { layers } = await signalReport(model, undefined, { inputSquare: 1.5 });
      for (const [i, { q, chi }] of expected.entries()) {
        // Weights are float32.
        expect(layers[i]!.forward.predicted! / q - 1).toBeCloseTo(0, 5);
        expect(layers[i + 1]!.chi! / chi - 1).toBeCloseTo(0, 5);
        expect(layers[i + 1]!.edge).toBe(layers[i + 1]!.chi! - 1);
      }
      expect(layers[0]).toMatchObject({ chi: null, edge: null, dead: null, activation });
      // Back from the linear end: each layer of equal width multiplies by its χ.
      let gradient = 1;
      for (const { backward, chi } of [...layers].reverse()) {
        expect(backward.predicted! / gradient - 1).toBeCloseTo(0, 5);
        gradient *= chi ?? 1;
      }
      model.dispose();
    },
  );

  it('χ1 = 1 for ReLU with He, at every depth, and no depth scale', async () => {
    const model = chain(Array(20).fill(6), 6, 'relu');
    setSquares(model, 2);
    const { layers, chi, flags } = await signalReport(model);
    for (const layer of layers.slice(1)) expect(layer.chi).toBeCloseTo(1, 5);
    for (const { forward } of layers) expect(forward.predicted).toBeCloseTo(2, 4);
    expect(chi).toBeCloseTo(1, 5);
    expect(flags).toEqual([]);
    model.dispose();
  });

  it('the depth scale 1 / |ln χ| of linear layers', async () => {
    const model = chain(Array(4).fill(6), 6, 'linear');
    setSquares(model, 0.81);
    const { chi, depthScale } = await signalReport(model);
    expect(chi).toBeCloseTo(0.81, 6);
    expect(depthScale).toBeCloseTo(-1 / Math.log(0.81), 4);
    model.dispose();
  });

  it('sums, concatenations, strides, pooling and batch normalization; null after a layer without a rule', async () => {
    const input = tf.input({ shape: [8, 8, 2] });
    const conv = (filters: number, strides: number, name: string) =>
      tf.layers.conv2d({ filters, kernelSize: 2, strides, useBias: false, name });
    const a = conv(3, 2, 'a').apply(input) as tf.SymbolicTensor;
    const beside = conv(3, 2, 'beside').apply(input);
    const normed = tf.layers.batchNormalization({ epsilon: 0 }).apply(beside) as tf.SymbolicTensor;
    const sum = tf.layers.add().apply([a, normed]) as tf.SymbolicTensor;
    const both = tf.layers.concatenate().apply([sum, a]) as tf.SymbolicTensor;
    const b = conv(4, 1, 'b').apply(tf.layers.leakyReLU({ alpha: 0.5 }).apply(both)) as tf.SymbolicTensor;
    const pooled = tf.layers.flatten().apply(tf.layers.maxPooling2d({ poolSize: 3 }).apply(b)) as tf.SymbolicTensor;
    const model = tf.model({
      inputs: input,
      outputs: tf.layers.dense({ units: 2, name: 'c' }).apply(pooled) as tf.SymbolicTensor,
    });
    for (const { variable, shape, path } of weightsOf(model, '*/kernel')) {
      const size = { 'a/kernel': 8, 'beside/kernel': 8, 'b/kernel': 24, 'c/kernel': 4 }[path]!;
      const values = tf.fill([...shape], Math.sqrt(1 / size));
      variable!.assign(values);
      values.dispose();
    }
    const { layers } = await signalReport(model);
    const found = new Map(layers.map((layer) => [layer.path, layer]));
    expect(found.get('a')!.forward.predicted).toBeCloseTo(1, 5);
    // Three channels of the sum have variance 2, three beside it 1; E leaky² = (1 + 1/4) / 2.
    expect(found.get('b')!.forward.predicted).toBeCloseTo(1.5 * 0.625, 4);
    expect(found.get('c')!.forward.predicted).toBeNull();
    // Through c each of 4 numbers gets 2 / 4, through the pool each of 9 places a ninth of it.
    expect(found.get('c')!.backward.predicted).toBeCloseTo(1, 10);
    expect(found.get('b')!.backward.predicted).toBeCloseTo(0.5 / 9, 6);
    // b: the 9 windows of 4 places each give 4 outputs over 24 inputs to the 16 places; leaky 0.625; in the sum and beside it.
    const perPlace = (0.5 / 9) * (16 / 24) * (9 / 16) * 0.625;
    expect(found.get('a')!.backward.predicted).toBeCloseTo(perPlace * 2, 6);
    expect(found.get('beside')!.backward.predicted).toBeCloseTo(perPlace, 6);
    const x = gaussian([4, 8, 8, 2], 3);
    const measured = await signalReport(model, x);
    expect(measured.withoutRule.map(({ reason }) => reason)).toEqual([
      'the moments of the largest of dependent values are not known',
    ]);
    expect(measured.layers.find(({ path }) => path === 'c')!.forward.predicted).toBeGreaterThan(0);
    x.dispose();
    model.dispose();
  });
});

describe('signalReport(model, batch) measures', () => {
  // Each layer of n units multiplies the mean square by one of n independent squares: relative variance
  // (E f⁴ / (E f²)² - 1) / n, at most 5 / n for ReLU and 2 / n for tanh. Four standard deviations of the sum of the logarithms.
  const bound = (layers: number, spread: number, n: number): number => 4 * Math.sqrt((layers * spread) / n);
  // WebGPU in software takes seconds for a wide layer.
  const width = tf.getBackend() === 'webgpu' ? 16 : 128;

  it.each([
    ['relu', heNormal, 5],
    ['tanh', lecunNormal, 2],
    ['selu', lecunNormal, 5],
  ] as const)('what theory says of wide layers with %s', async (activation, law, spread) => {
    const model = chain(Array(4).fill(width), width, activation, law());
    const x = gaussian([32, width], 2);
    const { layers, flags, backwardError } = await signalReport(model, x, { seed: 3 });
    for (const [i, { forward, backward }] of layers.entries()) {
      expect(Math.abs(Math.log(forward.measured! / forward.predicted!))).toBeLessThan(bound(i + 1, spread, width));
      expect(Math.abs(Math.log(backward.measured! / backward.predicted!))).toBeLessThan(bound(4 - i, spread, width));
    }
    expect(flags).toEqual([]);
    expect(backwardError).toBeNull();
    x.dispose();
    model.dispose();
  });

  it('variance before the activation and the gradient of the projection there, by hand', async () => {
    const model = chain([3, 2], 2, 'linear');
    const weights = [
      tf.tensor2d([1, 2, 0, 0, 1, -1], [2, 3]),
      tf.tensor1d([0, 0, 0]),
      tf.tensor2d([1, 0, 2, 1, 0, -3], [3, 2]),
      tf.tensor1d([0, 0]),
    ];
    model.setWeights(weights);
    const x = tf.tensor2d([
      [1, 0],
      [0, 2],
    ]);
    const { layers } = await signalReport(model, x, { seed: 7 });
    // d0 gives 1, 2, 0 and 0, 2, -2; d1 gives 5, 2 and 4, 8.
    expect(layers[0]!.forward.measured).toBeCloseTo(13 / 6 - 0.25, 6);
    expect(layers[1]!.forward.measured).toBeCloseTo(109 / 4 - 4.75 ** 2, 5);
    const r = fillNormal(new Float32Array(4), foldIn(randomKey(7, 'signalReport'), 0), { std: 1 });
    const meanSquare = (values: number[]) => values.reduce((sum, v) => sum + v * v, 0) / values.length;
    expect(layers[1]!.backward.measured).toBeCloseTo(meanSquare([...r]), 5);
    const back = [0, 2].flatMap((i) => [r[i]!, 2 * r[i]! + r[i + 1]!, -3 * r[i + 1]!]);
    expect(layers[0]!.backward.measured).toBeCloseTo(meanSquare(back), 4);
    tf.dispose([x, ...weights]);
    model.dispose();
  });

  it('the share of units that are dead after their activation', async () => {
    const model = chain([8, 4], 4, 'relu', heNormal());
    const bias = tf.tensor1d([-99, -99, -99, -99, -99, -99, 0, 0]);
    weightsOf(model, 'd0/bias')[0]!.variable!.assign(bias);
    const x = gaussian([32, 4], 2);
    const { layers, flags } = await signalReport(model, x);
    expect(layers.map(({ dead }) => dead)).toEqual([0.75, 0]);
    const flag = flags.find(({ kind }) => kind === 'dead-units')!;
    expect(flag).toMatchObject({ layers: ['d0'], value: 0.75 });
    const one = tf.slice(x, [0, 0], [1, 4]);
    expect((await signalReport(model, one)).layers[0]!.dead).toBeNull();
    tf.dispose([bias, x, one]);
    model.dispose();
  });

  it('a shared layer by its first call, gradients up to a softmax at the output, any number of inputs', async () => {
    const [a, b] = [tf.input({ shape: [3] }), tf.input({ shape: [3] })];
    const shared = tf.layers.dense({ units: 3, name: 'shared', activation: 'tanh' });
    const joined = tf.layers.concatenate().apply([shared.apply(a), shared.apply(b)] as tf.SymbolicTensor[]);
    const out = tf.layers.dense({ units: 4, name: 'out', activation: 'softmax' }).apply(joined) as tf.SymbolicTensor;
    const later = tf.layers
      .softmax()
      .apply(tf.layers.dense({ units: 4, name: 'other' }).apply(joined)) as tf.SymbolicTensor;
    const model = tf.model({ inputs: [a, b], outputs: [out, later] });
    const x = [gaussian([8, 3], 1), gaussian([8, 3], 2)];
    const { layers } = await signalReport(model, x, { seed: 2 });
    expect(layers.map(({ path }) => path).sort()).toEqual(['other', 'out', 'shared']);
    for (const [i, path] of ['out', 'other'].entries()) {
      const { backward } = layers.find((layer) => layer.path === path)!;
      const r = fillNormal(new Float32Array(32), foldIn(randomKey(2, 'signalReport'), i), { std: 1 });
      const { mean, std } = moments(r);
      expect(backward.measured).toBeCloseTo(mean ** 2 + std ** 2, 4);
      expect(backward.predicted).toBeCloseTo(1, 10);
    }
    tf.dispose(x);
    model.dispose();
  });

  it('no gradient where a kernel has none, says why and leaves nothing', async () => {
    class Opaque extends tf.layers.Layer {
      static readonly className = 'Opaque';
      override call(given: tf.Tensor | tf.Tensor[]): tf.Tensor {
        const opaque = tf.customGrad((x) => {
          const gradFunc = (): tf.Tensor => {
            throw new Error('no gradient here');
          };
          return { value: tf.mul(x as tf.Tensor, 2), gradFunc };
        });
        return opaque((Array.isArray(given) ? given[0] : given)!);
      }
    }
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [2], name: 'd' }),
        new Opaque({}),
        tf.layers.dense({ units: 1, name: 'out' }),
      ],
    });
    const x = gaussian([8, 2], 1);
    const { layers, backwardError } = await signalReport(model, x);
    expect(backwardError).toMatch(/^opaque.*: no gradient here$/i);
    expect(layers.map(({ backward }) => backward.measured)).toEqual([null, expect.any(Number)]);
    // The theory goes on from what the layer without a rule gave, and back to it.
    expect(layers[1]!.forward.predicted).toBeGreaterThan(0);
    expect(layers.map(({ backward }) => backward.predicted)).toEqual([null, expect.closeTo(1, 10)]);
    expect(await leakOf(() => signalReport(model, x))).toEqual({ tensors: 0, variables: 0 });
    x.dispose();
    model.dispose();
  });
});

describe('signalReport(model, batch) flags', () => {
  const x = (): tf.Tensor => gaussian([32, 16], 5);
  const units = Array<number>(5).fill(16);
  const kindsOf = async (law: Initializer, activation: string) => {
    const model = chain(units, 16, activation, law);
    const batch = x();
    const measured = await signalReport(model, batch);
    const predicted = await signalReport(model);
    batch.dispose();
    model.dispose();
    expect(predicted.flags.map(({ kind }) => kind)).toEqual(measured.flags.map(({ kind }) => kind));
    return measured.flags;
  };

  it('weights that are too small, with the fall per layer and the law to use', async () => {
    const flags = await kindsOf(normal({ std: 0.01 }), 'relu');
    expect(flags.map(({ kind }) => kind)).toEqual(['forward-vanishes', 'backward-vanishes']);
    expect(flags[0]!.message).toMatch(/^forward variance falls \d+\.\dx per layer from layer d0 to layer d4$/);
    expect(flags[1]!.message).toMatch(/^the squared gradient falls \d+\.\dx per layer from layer d4 back to layer d0$/);
    expect(flags[0]!.remedy).toContain('heNormal() before relu');
    expect(flags[0]).toMatchObject({ layers: ['d0', 'd4'] });
  });

  it('weights that are too large', async () => {
    const flags = await kindsOf(normal({ std: 1 }), 'relu');
    expect(flags.map(({ kind }) => kind)).toEqual(['forward-explodes', 'backward-explodes']);
    // In the chaotic phase of tanh variances stay and gradients grow.
    const model = chain(units, 16, 'tanh', normal({ std: 2 }));
    expect((await signalReport(model)).flags.map(({ kind }) => kind)).toEqual(['backward-explodes']);
    model.dispose();
  });

  it('kernels of one value', async () => {
    for (const law of [constant({ value: 0.25 }), zeros()]) {
      const model = chain(units, 16, 'tanh', law);
      const flag = (await signalReport(model)).flags.find(({ kind }) => kind === 'equal-weights');
      expect(flag).toMatchObject({ layers: ['d0', 'd1', 'd2', 'd3', 'd4'], value: 0 });
      expect(flag!.remedy).toContain('glorotNormal() before tanh');
      model.dispose();
    }
  });

  it('nothing of a sound start', async () => {
    expect(await kindsOf(heNormal(), 'relu')).toEqual([]);
    expect(await kindsOf(glorotNormal(), 'tanh')).toEqual([]);
    const model = chain(units, 16, 'relu', normal({ std: 1e-3 }));
    const batch = x();
    await lsuv(model, batch);
    expect((await signalReport(model, batch)).flags).toEqual([]);
    batch.dispose();
    model.dispose();
  });
});

describe('signalReport(model, batch, options)', () => {
  it('is plain data, changes no weight and leaves no tensor behind', async () => {
    const model = chain([4, 3], 2, 'tanh', glorotNormal());
    const batch = gaussian([8, 2], 1);
    const before = await weightsNow(model);
    const report = await signalReport(model, batch);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(await weightsNow(model)).toEqual(before);
    expect(await signalReport(model, batch)).toEqual(report);
    const nothing = { tensors: 0, variables: 0 };
    expect(await leakOf(() => signalReport(model, batch))).toEqual(nothing);
    expect(await leakOf(() => signalReport(model))).toEqual(nothing);
    const wrong = tf.zeros([8, 5]);
    expect(await leakOf(() => signalReport(model, wrong).catch(() => {}))).toEqual(nothing);
    tf.dispose([batch, wrong]);
    model.dispose();
  });

  it('refuses other arguments', async () => {
    const model = chain([4, 3], 2, 'tanh');
    const batch = gaussian([8, 2], 1);
    const bad = (call: () => unknown, message: string) => expect((async () => call())()).rejects.toThrow(message);
    await bad(() => signalReport({} as never), 'signalReport: model must be a LayersModel');
    await bad(() => signalReport(model, 'x' as never), 'signalReport: batch must be a tensor');
    await bad(() => signalReport(model, batch, { inputSquare: 0 }), 'signalReport: inputSquare must be above 0');
    await bad(() => signalReport(model, batch, { seed: 0.1 }), 'signalReport: seed must be a safe integer');
    await bad(() => signalReport(model, batch, { sed: 1 } as never), 'signalReport: options must be among');
    await bad(
      () => signalReport(model, null as never),
      'signalReport: batch must be a tensor or a list of tensors, got null',
    );
    await bad(() => signalReport(model, []), 'signalReport: batch must be a tensor or a list of tensors');
    await bad(
      () => signalReport(model, [batch, batch]),
      "signalReport: batch must have a tensor for each of the model's inputs",
    );
    const wide = tf.zeros([8, 5]);
    await bad(() => signalReport(model, wide), 'signalReport: batch must have shape [any,2] for the input d0_input');
    wide.dispose();
    await bad(() => signalReport(model, wide), 'signalReport: batch must be a tensor that is not disposed');
    await bad(
      () => signalReport(model, batch, { onProgress: 1 as never }),
      'signalReport: onProgress must be a function',
    );
    await bad(() => signalReport(model, batch, { signal: {} as never }), 'signalReport: signal must be an AbortSignal');
    batch.dispose();
    model.dispose();
  });

  it('counts what is not finite and goes on', async () => {
    const model = chain([4, 3], 2, 'tanh', glorotNormal());
    const batch = gaussian([8, 2], 1);
    tf.tidy(() => weightsOf(model, 'd1/kernel')[0]!.variable!.assign(tf.fill([4, 3], Number.NaN)));
    const { layers, flags, withoutRule } = await signalReport(model, batch);
    expect(layers[0]!.forward.measured).toBeGreaterThan(0);
    expect(layers[1]).toMatchObject({ weightStd: null, weightSquare: null, chi: null, dead: 0 });
    expect(layers[1]!.forward).toEqual({ predicted: null, measured: null });
    expect(flags).toMatchObject([{ kind: 'not-finite', layers: ['d1'], value: 1 }]);
    expect(withoutRule).toEqual([{ path: 'd1', reason: 'weights must be finite, got NaN at d1/kernel[0]' }]);
    const huge = tf.tidy(() => tf.mul(batch, 1e38));
    const sound = chain([4], 2, 'tanh', constant({ value: 9 }));
    const over = await signalReport(sound, huge);
    expect(over.flags.map(({ kind }) => kind)).toContain('not-finite');
    expect(JSON.parse(JSON.stringify(over))).toEqual(over);
    tf.dispose([huge, batch]);
    sound.dispose();
    model.dispose();
  });

  it('stops between two layers when its signal aborts, and leaves nothing', async () => {
    const model = chain([4, 3], 2, 'tanh', glorotNormal());
    const batch = gaussian([8, 2], 1);
    for (const name of ['weights', 'forward: d1', 'backward: d0']) {
      const labels: string[] = [];
      // Each step takes long enough to be told of.
      let time = 0;
      const now = vi.spyOn(performance, 'now').mockImplementation(() => {
        time += 1e4;
        return time;
      });
      const leak = await leakOf(async () => {
        const stop = new AbortController();
        const onProgress = ({ done, label }: { done: number; label: string }) => {
          expect(done).toBeGreaterThanOrEqual(0);
          labels.push(label);
          if (label === name) stop.abort();
        };
        const run = signalReport(model, batch, { onProgress, signal: stop.signal });
        await expect(run).rejects.toMatchObject({ name: 'AbortError' });
      });
      now.mockRestore();
      expect(labels.at(-1)).toBe(name);
      expect(leak).toEqual({ tensors: 0, variables: 0 });
    }
    const stopped = AbortSignal.abort(new Error('enough'));
    await expect(signalReport(model, batch, { signal: stopped })).rejects.toThrow('enough');
    batch.dispose();
    model.dispose();
  });
});
