import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { artifactsOf, loadStock, valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { forgetBias, initialize } from '../../src/index.ts';
import { layerInitializer } from '../../src/layers.ts';

const cheap = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' } as const;
const LAYERS = {
  lstm: (options: object) => tf.layers.lstm({ units: 3, inputShape: [4, 2], ...cheap, ...options }),
  convLstm2d: (options: object) =>
    tf.layers.convLstm2d({ filters: 3, kernelSize: 2, inputShape: [2, 4, 4, 1], ...cheap, ...options }),
};
const modelOf = (name: string, options: object) =>
  tf.sequential({ layers: [LAYERS[name as keyof typeof LAYERS](options)] });
const biasOf = async (model: tf.LayersModel) => valuesOf(weightsOf(model, '**/bias')[0]!.read());

it.each(['lstm', 'convLstm2d'])('forgetBias() is what unitForgetBias does: %s', async (name) => {
  const stock = await biasOf(modelOf(name, { unitForgetBias: true }));
  expect(Array.from(stock)).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  const model = modelOf(name, {});
  expect((await biasOf(model)).every((value) => value === 0)).toBe(true);
  const { initialized } = initialize(model, { '**/bias': forgetBias() });
  expect(await biasOf(model)).toEqual(stock);
  expect(initialized[0]).toMatchObject({ law: 'forgetBias', config: { value: 1 }, std: 0.5, measuredStd: 0.5 });
  const built = modelOf(name, { unitForgetBias: false, biasInitializer: layerInitializer(forgetBias()) });
  expect(await biasOf(built)).toEqual(stock);
});

it('forgetBias({ value }) is saved and loaded with the layer', async () => {
  const model = modelOf('lstm', {
    unitForgetBias: false,
    biasInitializer: layerInitializer(forgetBias({ value: -2 })),
  });
  const again = await loadStock(await artifactsOf((handler) => model.save(handler)));
  const bias = await biasOf(again);
  expect(Array.from(bias)).toEqual([0, 0, 0, -2, -2, -2, 0, 0, 0, 0, 0, 0]);
  expect(JSON.stringify(again.getConfig())).toContain('forgetBias');
});

it('forgetBias()(shape) refuses what is no bias of four gates, as what unitForgetBias: true asks for', () => {
  for (const shape of [[6], [4, 2], []])
    expect(() => forgetBias()(shape)).toThrow("forgetBias: shape must be an LSTM's bias, [4 units]");
  expect(() => modelOf('lstm', { unitForgetBias: true, biasInitializer: layerInitializer(forgetBias()) })).toThrow(
    'unitForgetBias: false',
  );
  expect(() => forgetBias({ value: Number.NaN })).toThrow('forgetBias: value must be a finite float32, got NaN');
});
