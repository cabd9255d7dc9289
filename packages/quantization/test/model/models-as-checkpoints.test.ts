import * as tf from '@tensorflow/tfjs';
import { writeCheckpoint } from '@weightkit/checkpoint';
import { checkpointOf, handlerOf, weightsOf } from '@weightkit/core';
import { valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { quantizeCheckpoint } from '../../src/checkpoint.ts';

const build = () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 5, inputShape: [4], name: 'a' }), tf.layers.dense({ units: 2, name: 'b' })],
  });
  tf.tidy(() => {
    for (const [i, { shape, write }] of weightsOf(model).entries())
      write(
        tf.tensor(
          Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, j) => Math.sin(i + j)),
          [...shape],
        ),
      );
  });
  return model;
};

it('quantizeCheckpoint(checkpointOf(model)) loads in stock with the weights that stock decodes from the file', async () => {
  const model = build();
  for (const dtype of ['uint8', 'uint16', 'float16'] as const) {
    const { checkpoint, report } = await quantizeCheckpoint(checkpointOf(model), { dtype });
    expect(report.quantized.map(({ name }) => name)).toEqual(['a/kernel', 'a/bias', 'b/kernel', 'b/bias']);
    const files = new Map<string, Uint8Array>();
    await writeCheckpoint(checkpoint, files);
    const { weightsManifest } = JSON.parse(new TextDecoder().decode(files.get('model.json')));
    const [{ paths, weights }] = weightsManifest;
    const decoded = tf.io.decodeWeights(files.get(paths[0])!.slice().buffer, weights);
    const again = await tf.loadLayersModel(handlerOf(checkpoint));
    for (const [i, weight] of again.weights.entries()) {
      const { name, bound } = report.quantized[i]!;
      const values = await weight.read().data();
      expect(values).toEqual(await decoded[name]!.data());
      const before = await valuesOf(tf.clone(model.weights[i]!.read()));
      for (const [j, value] of values.entries()) expect(Math.abs(value - before[j]!)).toBeLessThanOrEqual(bound);
    }
    tf.dispose(decoded);
    again.dispose();
  }
  model.dispose();
});

it('quantizeCheckpoint(checkpointOf(model)) refuses to write codes of weights that were trained after their ranges were taken', async () => {
  const model = build();
  const { checkpoint } = await quantizeCheckpoint(checkpointOf(model));
  tf.tidy(() => weightsOf(model, 'a/kernel')[0]!.write(tf.fill([4, 5], 100)));
  await expect(writeCheckpoint(checkpoint, new Map())).rejects.toThrow('got a/kernel, which has changed');
  model.dispose();
});
