import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { artifactsOf, loadStock, valuesOf } from '@weightkit/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { orthogonal } from '../../src/index.ts';
import { gramResidual } from '../../src/laws/orthogonal.ts';
import { registerOrthogonal } from '../../src/layers.ts';

let undo: () => void;

beforeEach(() => {
  undo = registerOrthogonal();
});
afterEach(() => undo());

const modelOf = (options: object = {}) =>
  tf.sequential({ layers: [tf.layers.lstm({ units: 128, inputShape: [4, 3], ...options })] });
const recurrentOf = (model: tf.LayersModel) => valuesOf(weightsOf(model, '**/recurrentKernel')[0]!.read());

it('registerOrthogonal() makes the default of an LSTM of 128 units orthogonal in less than a second', async () => {
  const start = performance.now();
  const model = modelOf();
  // Milliseconds on an idle machine; stock takes 22 seconds on cpu.
  expect(performance.now() - start).toBeLessThan(1000);
  // Rows of float32 roundings of 512 products: 2^-23 by Cauchy, see the deep tests.
  expect(gramResidual(await recurrentOf(model), [128, 512], 1)).toBeLessThan(2 ** -22);
  const other = modelOf();
  expect(await recurrentOf(other)).not.toEqual(await recurrentOf(model));
});

it('registerOrthogonal() saves the stock configuration, which loads without it', async () => {
  const recurrentInitializer = { className: 'Orthogonal', config: { gain: 2, seed: 0 } } as never;
  const model = modelOf({ units: 4, recurrentInitializer });
  expect(await recurrentOf(model)).toEqual(await valuesOf(orthogonal({ gain: 2 })([4, 16], { seed: 0 })));
  const artifacts = await artifactsOf((handler) => model.save(handler));
  expect(JSON.stringify(artifacts.modelTopology)).toContain('"Orthogonal","config":{"gain":2,"seed":0}');
  undo();
  const loaded = await loadStock(artifacts);
  expect(await recurrentOf(loaded)).toEqual(await recurrentOf(model));
});

it('registerOrthogonal()() gives the stock class back, and instances are of that class', () => {
  const kept = tf.initializers.orthogonal({}).constructor;
  const initializerOf = () =>
    (tf.layers.lstm({ units: 2 }) as unknown as { cell: { recurrentInitializer: object } }).cell.recurrentInitializer;
  expect(initializerOf()).toBeInstanceOf(kept);
  expect(initializerOf().constructor).not.toBe(kept);
  undo();
  expect(initializerOf().constructor).toBe(kept);
});

it('registerOrthogonal() refuses seeds that are no safe integers and shapes of rank 1', () => {
  const layer = (seed: number, kernel: object = {}) =>
    modelOf({ units: 2, recurrentInitializer: { className: 'Orthogonal', config: { seed } }, ...kernel });
  expect(() => layer(0.5)).toThrow('orthogonal: seed must be a safe integer, got 0.5');
  const biasInitializer = 'orthogonal';
  expect(() => layer(1, { biasInitializer })).toThrow('orthogonal: shape must have rank 2 or more, got [8]');
});
