import * as tf from '@tensorflow/tfjs';
import { parametrize } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { describe as told } from '../../src/attribution/describe.ts';
import { forwardByHand } from '../../src/attribution/forward-by-hand.ts';
import { importance } from '../../src/attribution/importance.ts';
import { integratedGradients } from '../../src/attribution/integrated-gradients.ts';
import golden from '../golden/attribution.json' with { type: 'json' };
import { goldenValues } from '../golden-values.ts';
import { withKernels } from './with-kernels.ts';

const at = (shape: number[], seed: number, scale = 1) =>
  tf.tensor(goldenValues({ shape, seed, scale, zero: 1000 }), shape);

function withWeights(layers: tf.layers.Layer[], weights: readonly (readonly number[])[]): tf.Sequential {
  const model = tf.sequential({ layers, name: 'net' });
  const values = model.getWeights().map(({ shape }, i) => tf.tensor([...weights[i]!], shape));
  model.setWeights(values);
  tf.dispose(values);
  return model;
}

const dense = (units: number, inputs?: number, activation: 'linear' | 'relu' | 'tanh' = 'linear') =>
  tf.layers.dense({ units, useBias: false, activation, ...(inputs !== undefined && { inputShape: [inputs] }) });

describe('importance', () => {
  it('importance(model) takes the weights: the five numbers of the slide, and no gradients', async () => {
    const model = withWeights([dense(1, 5)], [[-0.5, 1.2, 0.8, -0.3, 2.1]]);
    const { importances, skipped, inputShape, output, completeness, agreements, warnings } = await importance(model);
    expect(importances.map(({ method }) => method)).toEqual(['absolute', 'olden']);
    expect(importances[0]!.shares.map((share) => share.toFixed(3)).join()).toBe('0.102,0.245,0.163,0.061,0.429');
    expect(importances[1]!.scores).toEqual([-0.5, 1.2, 0.8, -0.3, 2.1].map(Math.fround));
    expect(skipped).toEqual([
      { method: 'garson', reason: 'it is for one hidden layer, not 0' },
      ...['saliency', 'gradientTimesInput', 'integratedGradients'].map((method) => ({
        method,
        reason: 'it takes gradients at x, which is not given',
      })),
    ]);
    expect([inputShape, output, completeness]).toEqual([[5], 0, null]);
    // One layer with one output: the same numbers but for their signs.
    expect(agreements).toEqual([{ methods: ['absolute', 'olden'], correlation: 1 }]);
    expect(warnings).toEqual([]);
    model.dispose();
  });

  it('all six of a network with one hidden layer; those of gradients are means over the examples', async () => {
    const [one] = golden.weights.filter(({ call, output }) => call.includes('seeded') && output === 1);
    const model = withWeights([dense(4, 6, 'tanh'), dense(3)], [one!.hidden, one!.out]);
    const x = at([5, 6], 3, 2);
    const report = await importance(model, { x, output: 1 });
    const of = (method: string) => report.importances.find((told) => told.method === method)!;
    expect(report.importances).toHaveLength(6);
    expect(report.output).toBe(1);
    for (let i = 0; i < 6; i++) {
      // The weights are rounded to float32, those of garson through a quotient.
      expect(Math.abs(of('garson').shares[i]! - one!.garson[i]!)).toBeLessThan(2 ** -22);
      expect(Math.abs(of('olden').scores[i]! - one!.olden[i]!)).toBeLessThan(2 ** -22);
    }
    const { attributions, residual } = integratedGradients(model, x, { output: 1 });
    const [parts, left] = [await attributions.array(), await residual.data()] as [number[][], Float32Array];
    for (let i = 0; i < 6; i++) {
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / 5;
      expect(of('integratedGradients').scores[i]).toBeCloseTo(mean(parts.map((row) => row[i]!)), 5);
      const magnitudes = parts[0]!.map((_, j) => mean(parts.map((row) => Math.abs(row[j]!))));
      const sum = magnitudes.reduce((total, value) => total + value, 0);
      expect(of('integratedGradients').shares[i]).toBeCloseTo(magnitudes[i]! / sum, 5);
    }
    expect(report.completeness!.residual).toBeCloseTo(Math.max(...left.map(Math.abs)), 5);
    expect(report.completeness!.relative).toBeLessThan(1e-4);
    for (const { shares } of report.importances)
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
    tf.dispose([x, attributions, residual]);
    model.dispose();
  });

  it('methods that order the inputs differently are warned about, by their rank correlation', async () => {
    // The largest weights are those of the input that is always 0, and paths of opposite signs cancel.
    const model = withWeights(
      [dense(2, 3), dense(1)],
      [
        [5, 5, 1, 2, 1, 0.5],
        [1, -1],
      ],
    );
    const x = tf.tensor2d([
      [0, 1, -2],
      [0, 3, 1],
    ]);
    const { agreements, warnings } = await importance(model, { x });
    const between = (...pair: string[]) => agreements.find(({ methods }) => `${methods}` === `${pair}`)!.correlation;
    // |w| sums: 10, 3, 1.5; Olden: 0, -1, 0.5.
    expect(between('absolute', 'olden')).toBe(-0.5);
    expect(between('olden', 'saliency')).toBe(1);
    expect(warnings[0]).toBe('absolute and olden order the inputs differently: rank correlation -0.50, below 0.7');
    expect((await importance(model, { x, agreement: -1 })).warnings).toEqual([]);
    x.dispose();
    model.dispose();
  });

  it('integrated gradients that miss more than 5 % of the change are warned about', async () => {
    // relu(x - 1) at x = 2: its gradient is 0 up to the middle of the way, where one step has its point.
    const model = withWeights([tf.layers.dense({ units: 1, inputShape: [1], activation: 'relu' })], [[1], [-1.01]]);
    const x = tf.tensor2d([[2]]);
    const few = await importance(model, { x, methods: ['integratedGradients'], steps: 1 });
    expect(few.warnings).toEqual([
      "integratedGradients are not complete: they miss 100.0 % of the output's change; take more steps",
    ]);
    expect(few.completeness!.relative).toBeCloseTo(1, 5);
    expect((await importance(model, { x, methods: ['integratedGradients'], steps: 200 })).warnings).toEqual([]);
    x.dispose();
    model.dispose();
  });

  it('a convolution has gradients only, images keep their shape, and a named method that does not apply is an error', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [3, 3, 1], name: 'conv' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2 }),
      ],
      name: 'images',
    });
    const x = at([2, 3, 3, 1], 1);
    await withKernels(async () => {
      const { importances, skipped, inputShape } = await importance(model, { x, output: 0, steps: 2 });
      expect(importances.map(({ method, scores }) => [method, scores.length])).toEqual([
        ['saliency', 9],
        ['gradientTimesInput', 9],
        ['integratedGradients', 9],
      ]);
      expect(inputShape).toEqual([3, 3, 1]);
      expect(skipped[0]).toEqual({ method: 'absolute', reason: 'conv is no Dense layer but a Conv2D' });
    });
    await expect(importance(model, { x, output: 0, methods: ['olden'] })).rejects.toThrow(
      'importance: olden must apply (conv is no Dense layer but a Conv2D), got "images"',
    );
    await expect(importance(model)).rejects.toThrow('importance: absolute must apply (conv is no Dense layer');
    await expect(importance(model, { x })).rejects.toThrow(
      'importance: output must be an integer from 0 to 1, got undefined',
    );
    await expect(importance(model, { x, output: 0, methods: ['lime' as never] })).rejects.toThrow(
      'importance: methods must be among absolute, garson, olden, saliency, gradientTimesInput, integratedGradients, got "lime"',
    );
    x.dispose();
    model.dispose();
  });

  it('branches, more than one input and NaN weights: what can be said is said', async () => {
    const input = tf.input({ shape: [2] });
    const sum = tf.layers.add().apply([input, tf.layers.reLU().apply(input) as tf.SymbolicTensor]);
    const branched = tf.model({ inputs: input, outputs: sum as tf.SymbolicTensor, name: 'branched' });
    const x = tf.tensor2d([[1, -2]]);
    const { importances, skipped } = await importance(branched, { x, output: 0 });
    for (const { scores } of importances) {
      // 50 weights of float32 that are 1 together.
      expect(Math.abs(scores[0]! - 2)).toBeLessThan(50 * 2 ** -23);
      expect(Math.abs(scores[1]!)).toBe(0);
    }
    expect(skipped[0]!.reason).toBe('branched is no model whose layers follow one another');
    const other = tf.input({ shape: [2] });
    const two = tf.model({
      inputs: [input, other],
      outputs: tf.layers.add().apply([input, other]) as tf.SymbolicTensor,
    });
    await expect(importance(two)).rejects.toThrow('importance: model must have one input, got 2');
    const broken = withWeights([dense(1, 2)], [[Number.NaN, 1]]);
    const report = await importance(broken, { x });
    expect(report.importances.map(({ method }) => method)).toEqual([]);
    expect(report.skipped.find(({ method }) => method === 'olden')!.reason).toBe('1 of its scores are not finite');
    expect(report.completeness).toBeNull();
    x.dispose();
    for (const model of [branched, broken]) model.dispose();
  });

  it('weights and gradients are those that layers compute with, parametrizations applied', async () => {
    const model = withWeights(
      [dense(2, 2), dense(1)],
      [
        [1, 2, 3, 4],
        [1, 1],
      ],
    );
    parametrize(model.layers[0]!, 'kernel', { forward: (w) => tf.mul(w, 2) });
    const x = tf.tensor2d([[1, -1]]);
    const { importances, agreements } = await importance(model, { x, methods: ['olden', 'saliency'] });
    // A stack without activations: Olden's scores are the gradient.
    for (const { scores } of importances) expect(scores).toEqual([6, 14]);
    expect(agreements[0]!.correlation).toBe(1);
    const { lines } = await told(model);
    expect(lines[1]).toBe('L0N0 -> L1N0 = 2');
    const { outputs, difference } = await forwardByHand(model, x);
    expect([outputs[0], difference]).toEqual([-8, 0]);
    x.dispose();
    model.dispose();
  });

  it('nothing leaks, also when it fails', async () => {
    const model = withWeights(
      [dense(2, 3, 'relu'), dense(2)],
      [
        [1, 2, 3, 4, 5, 6],
        [1, 2, 3, 4],
      ],
    );
    const [x, wide] = [at([2, 3], 1), tf.zeros([2, 4])];
    expect(await leakOf(() => importance(model, { x, output: 0, steps: 3 }))).toEqual({ tensors: 0, variables: 0 });
    const fails = async (options: Parameters<typeof importance>[1], message: string) => {
      await expect(importance(model, options)).rejects.toThrow(message);
      expect(await leakOf(() => importance(model, options).catch(() => {}))).toEqual({ tensors: 0, variables: 0 });
    };
    await fails({ x: wide, output: 0 }, 'importance: x must have shape [null,3], got [2, 4]');
    await fails({ x, output: 2 }, 'importance: output must be an integer from 0 to 1, got 2');
    await fails(
      { x, output: 0, baseline: wide },
      'importance: baseline must be a number or have shape [2,3] or [1,3], got [2, 4]',
    );
    await fails({ x, output: 0, agreement: 2 }, 'importance: agreement must be from -1 to 1, got 2');
    tf.dispose([x, wide]);
    model.dispose();
  });
});
