import * as tf from '@tensorflow/tfjs';
import { parametrize, weightsOf } from '@weightkit/core';
import { artifactsOf, loadStock } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import {
  type ActivationCodes,
  type Calibration,
  calibrate,
  convert,
  minMaxObserver,
  prepare,
  quantizeModel,
  save,
} from '../../src/index.ts';
import { golden } from '../helpers.ts';
import { dense, free, leftBy, numbers, said } from './helpers.ts';

interface Golden {
  x: number[];
  a: number[];
  b: number[];
  out: number[];
}

const [GOLDEN] = golden<Golden>('convert') as [Golden];
const UINT8 = { weights: { dtype: 'uint8' } } as const;

const weightsIn = async (model: tf.LayersModel) =>
  Promise.all(weightsOf(model).map(async ({ variable }) => [...(await variable!.data())]));

describe('prepare, calibrate, convert', () => {
  it('prepare(model), calibrate(batches), convert() gives what torch gives with fake-quantized activations', async () => {
    const model = dense(GOLDEN.a, GOLDEN.b);
    const x = tf.tensor(GOLDEN.x, [6, 4]);
    const halves = tf.split(x, 2);
    const prepared = prepare(model, { observer: 'minMax' });
    expect(prepared.layers).toEqual(['a', 'b']);
    for (const half of halves) await prepared.calibrate([half]);
    const converted = await prepared.convert(UINT8);
    const found = await said(model, x);
    const [scale] = converted.layers[1]!.outputs[0]!.scales;
    // Every value is a code times the scale of the output; no activation lies near a tie.
    for (const [i, wanted] of GOLDEN.out.entries()) expect(Math.abs(found[i]! - wanted)).toBeLessThan(scale! / 100);
    converted.restore();
    free(x, model, ...halves);
  });

  it('convert(model, calibration, { probes }) measures its effect, and restore() puts back all, to the bit', async () => {
    const model = dense();
    const x = numbers([12, 4], 9);
    const [before, outputs] = [await weightsIn(model), await said(model, x)];
    const own = model.layers.map((layer) => Object.hasOwn(layer, 'call'));
    const calibration: Calibration = JSON.parse(JSON.stringify(await calibrate(model, { x })));
    const converted = await convert(model, calibration, { ...UINT8, probes: x });
    const rounded = await said(model, x);
    expect(rounded).not.toEqual(outputs);
    expect(await weightsIn(model)).not.toEqual(before);
    const { effect, report, layers } = converted;
    expect(report.weights.map(({ path, dtype }) => [path, dtype])).toEqual([
      ['a/kernel', 'uint8'],
      ['b/kernel', 'uint8'],
    ]);
    const [signal, noise] = outputs.reduce(
      ([s, n], y, i) => [s + y ** 2, n + (y - rounded[i]!) ** 2] as [number, number],
      [0, 0] as [number, number],
    );
    // The same runs twice, in batches of the same size.
    expect(effect!.relative).toBeCloseTo(Math.sqrt(noise / signal), 6);
    expect(effect!.relative).toBeLessThan(0.05);
    // Each output is a code of its grid.
    const { scales, zeroPoints, min, max } = layers[1]!.outputs[0]!;
    expect(min[0]! < max[0]!).toBe(true);
    for (const value of rounded) {
      const code = value / scales[0]! + zeroPoints[0]!;
      expect(Math.abs(code - Math.round(code))).toBeLessThan(2 ** -12);
      expect(Math.round(code)).toBeGreaterThanOrEqual(0);
      expect(Math.round(code)).toBeLessThanOrEqual(255);
    }
    await expect(convert(model, calibration)).rejects.toThrow(
      'convert: layers must not be converted already (restore them first), got "a"',
    );
    converted.restore();
    converted.restore();
    expect(await weightsIn(model)).toEqual(before);
    expect(await said(model, x)).toEqual(outputs);
    expect(model.layers.map((layer) => Object.hasOwn(layer, 'call'))).toEqual(own);
    free(x, model);
  });

  it('save(converted, target) is a stock model with the same weights, and activations as metadata', async () => {
    const model = dense();
    (model as unknown as { setUserDefinedMetadata(data: object): void }).setUserDefinedMetadata({ mine: 1 });
    const x = numbers([12, 4], 10);
    const converted = await convert(model, await calibrate(model, { x }, { observer: 'minMax' }), UINT8);
    const weights = await weightsIn(model);
    const stock = await loadStock(await artifactsOf((handler) => save(converted, handler)));
    expect(await Promise.all(stock.getWeights().map(async (w) => [...(await w.data())]))).toEqual(weights);
    const metadata = stock.getUserDefinedMetadata() as {
      mine: number;
      weightkit: { activations: { path: string; inputs: ActivationCodes[] }[] };
    };
    expect(metadata.mine).toBe(1);
    expect(metadata.weightkit.activations).toEqual(converted.layers);
    // With activations in float32, as stock computes, both say the same, bit for bit.
    const [one] = (await calibrate(stock, { x }, { observer: 'minMax' })).layers;
    expect(one!.inputs[0]!.scales).toEqual(metadata.weightkit.activations[0]!.inputs[0]!.scales);
    const prediction = await said(stock, x);
    converted.restore();
    model.setWeights(stock.getWeights());
    expect(await said(model, x)).toEqual(prediction);
    free(x, model, stock);
  });

  it('convert(model, calibration, { activations }) rounds one side, or both, and quantizes what weights says', async () => {
    const model = dense();
    const x = numbers([8, 4], 11);
    const calibration = await calibrate(model, { x }, { dtype: 'int8', narrow: true, layers: ['b'] });
    const sides = [];
    for (const activations of ['inputs', 'outputs', 'both'] as const) {
      const one = await convert(model, calibration, { activations, weights: { dtype: 'float16', filter: 'a/kernel' } });
      sides.push([one.layers.length, one.layers[0]!.inputs[0] !== null, one.layers[0]!.outputs[0] !== null]);
      expect(one.report.weights.map(({ path, dtype }) => [path, dtype])).toEqual([['a/kernel', 'float16']]);
      one.restore();
    }
    expect(sides).toEqual([
      [1, true, false],
      [1, false, true],
      [1, true, true],
    ]);
    free(x, model);
  });

  it('convert(model, calibration) rounds channels by their own ranges, masks and norms stay, gradients go through', async () => {
    const model = dense();
    const x = numbers([8, 4], 12);
    const half = parametrize(model.layers[0]!, 'kernel', { forward: (w) => tf.mul(w, 0.5) });
    const before = await said(model, x);
    const raw = await weightsIn(model);
    const observer = () => minMaxObserver({ axis: -1 });
    const converted = await convert(model, await calibrate(model, { x }, { observer, dtype: 'int8' }), UINT8);
    const found = await said(model, x);
    // Half a step of weights of 6 / 255 and of activations, over sums of 4 and 5 products.
    for (const [i, wanted] of before.entries()) expect(Math.abs(found[i]! - wanted)).toBeLessThan(0.5);
    // The masked kernel lies below its mask as it was; the other has its codes.
    expect((await weightsIn(model))[0]).toEqual(raw[0]);
    const gradient = tf.tidy(() => tf.grad((input: tf.Tensor) => tf.sum(model.apply(input) as tf.Tensor))(x));
    const total = tf.sum(tf.abs(gradient));
    expect((await total.data())[0]).toBeGreaterThan(0.1);
    converted.restore();
    expect(await said(model, x)).toEqual(before);
    expect(await weightsIn(model)).toEqual(raw);
    half.restore();
    free(x, model, gradient, total);
  });

  it('convert(model, calibration) takes convolutions and recurrent layers as wholes', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [4, 4, 1], name: 'conv' }),
        tf.layers.reshape({ targetShape: [3, 6] }),
        tf.layers.lstm({ units: 2, name: 'lstm', recurrentInitializer: 'glorotUniform' }),
      ],
    });
    const x = numbers([4, 4, 4, 1], 13);
    const before = await said(model, x);
    const prepared = prepare(model);
    expect(prepared.layers).toEqual(['conv', 'lstm']);
    const { layers } = await prepared.calibrate({ x });
    expect(layers.map(({ path, inputs, outputs }) => [path, inputs.length, outputs.length])).toEqual([
      ['conv', 1, 1],
      ['lstm', 1, 1],
    ]);
    const converted = await prepared.convert({ probes: x });
    expect(converted.effect!.relative).toBeLessThan(0.2);
    converted.restore();
    expect(await said(model, x)).toEqual(before);
    free(x, model);
  });

  it('convert(model, calibration) leaves no tensor behind once restored, nor when it fails or the model is gone', async () => {
    const model = dense();
    const x = numbers([5, 4], 14);
    const calibration = await calibrate(model, { x });
    expect(await leftBy(async () => (await convert(model, calibration, { probes: x })).restore())).toBe(0);
    const outputs = await said(model, x);
    const wrong = () =>
      expect(convert(model, calibration, { weights: { dtype: 'int3' as never } })).rejects.toThrow(
        'quantizeModel: dtype',
      );
    expect(await leftBy(wrong)).toBe(0);
    expect(await said(model, x)).toEqual(outputs);
    const gone = async () => {
      const one = dense();
      const converted = await convert(one, calibration);
      one.dispose();
      converted.restore();
    };
    expect(await leftBy(gone)).toBe(0);
    free(x, model);
  });

  it('convert(model, calibration) leaves quantizeModel the same codes, and refuses what is no calibration', async () => {
    const model = dense();
    const x = numbers([5, 4], 15);
    const calibration = await calibrate(model, { x });
    const plain = await quantizeModel(model, { dtype: 'uint8' });
    const converted = await convert(model, calibration, UINT8);
    expect(new Uint8Array(converted.artifacts.weightData as ArrayBuffer)).toEqual(
      new Uint8Array(plain.artifacts.weightData as ArrayBuffer),
    );
    converted.restore();
    const broken = (change: object): Calibration => {
      const copy: Calibration = JSON.parse(JSON.stringify(calibration));
      Object.assign(copy.layers[0]!.inputs[0]!, change);
      return copy;
    };
    const fails = (value: unknown, text: string) => expect(convert(model, value as never)).rejects.toThrow(text);
    await fails({ layers: [] }, 'convert: calibration must have a layer');
    await fails([], 'convert: calibration must be what calibrate returned');
    await fails(broken({ scales: [0] }), 'convert: inputs[0] of a.scales must be above 0');
    await fails(broken({ scales: [1, 2] }), 'convert: inputs[0] of a.scales must be one, or one for a channel, got 2');
    await fails(broken({ zeroPoints: [256] }), 'convert: inputs[0] of a.zeroPoints must be codes of uint8');
    const channels = (count: number, axis = -1) => {
      const [zeros, ones] = [0, 1].map((value) => Array.from({ length: count }, () => value));
      return broken({ axis, scales: ones, zeroPoints: zeros, min: zeros, max: ones });
    };
    const rule = 'convert: inputs[0] of a.scales must be one for each of';
    await fails(channels(2), `${rule} 4 channels at axis -1, got 2`);
    await fails(channels(4, 2), `${rule} no channels at axis 2, got 4`);
    (await convert(model, channels(4))).restore();
    const renamed = { ...calibration, layers: [{ ...calibration.layers[0]!, path: 'z' }] };
    await fails(renamed, 'convert: calibrated layers must be in the model (there are a, b), got "z"');
    await expect(prepare(model).convert()).rejects.toThrow(
      'prepare: calibrate must come before convert, got 0 batches',
    );
    free(x, model);
  });
});
