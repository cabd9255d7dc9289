import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { artifactsOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { checkpointOf, foldedArtifacts } from '../../src/index.ts';
import { fileSystem } from '../../src/node.ts';
import { graphArtifacts } from '../graph-models.ts';
import { fill } from '../models.ts';

/** A model that was trained, with what its files may hold beside weights. */
async function trained(): Promise<tf.LayersModel> {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 3, inputShape: [2], name: 'a', kernelConstraint: 'nonNeg' }),
      tf.layers.batchNormalization({ name: 'n' }),
      tf.layers.dense({ units: 1, name: 'b' }),
    ],
  });
  fill(model);
  model.setUserDefinedMetadata({ é: 'ü"\u2028', small: 1e-7, nothing: null });
  model.compile({ optimizer: tf.train.adam(0.001), loss: 'meanSquaredError' });
  const [x, y] = [tf.ones([2, 2]), tf.ones([2, 1])];
  await model.fit(x, y, { verbose: 0 });
  tf.dispose([x, y]);
  return model;
}

it('fileSystem writes the JSON that JSON.stringify gives for the artifacts, every key in its place, and the bytes of the weights', async () => {
  const model = await trained();
  const code = (dtype: 'uint8' | 'float16') => ({ dtype, min: -1, scale: 0.5, original_dtype: 'float32' as const });
  const quantized = {
    modelTopology: { b: 1.5, a: [] },
    mine: { too: true },
    weightSpecs: [
      { name: 'k', shape: [3], dtype: 'float32' as const, quantization: code('uint8') },
      { name: 'i', shape: [], dtype: 'int32' as const, group: 'optimizer' as const },
    ],
    weightData: [Uint8Array.of(1, 2, 3).buffer, Int32Array.of(7).buffer],
  };
  const folder = await mkdtemp(join(tmpdir(), 'weightkit-bytes-'));
  for (const artifacts of [
    await artifactsOf((handler) => model.save(handler)),
    await foldedArtifacts(model, { includeOptimizer: true }),
    await graphArtifacts(),
    quantized as tf.io.ModelArtifacts,
  ]) {
    const { modelArtifactsInfo } = await fileSystem(folder).save(artifacts);
    const [name] = (await readdir(folder)).filter((file) => file !== 'model.json');
    const { weightSpecs, weightData, ...rest } = artifacts;
    const weightsManifest = [{ paths: [name], weights: weightSpecs }];
    expect(await readFile(join(folder, 'model.json'), 'utf8')).toBe(JSON.stringify({ ...rest, weightsManifest }));
    const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData as ArrayBuffer[]));
    expect(new Uint8Array(await readFile(join(folder, name!)))).toEqual(bytes);
    expect(modelArtifactsInfo.weightDataBytes).toBe(bytes.length);
  }
  expect(await readdir(folder)).toHaveLength(2);
  expect(checkpointOf(model).tensors).toHaveLength(8);
  await rm(folder, { recursive: true });
  model.dispose();
});

it('fileSystem refuses weights of types that stock cannot read, in its own name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weightkit-bytes-'));
  const entry = { name: 'k', shape: [1], dtype: 'float32', quantization: { dtype: 'uint8', min: null, scale: 1 } };
  const bad = { modelTopology: {}, weightSpecs: [entry], weightData: new ArrayBuffer(1) };
  await expect(fileSystem(folder).save(bad as never)).rejects.toThrow(
    'fileSystem: quantization must have scale and min',
  );
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});
