import * as tf from '@tensorflow/tfjs';
import { openCheckpoint } from '@weightkit/checkpoint';
import { shrink } from '@weightkit/pruning';
import { expect, test } from 'vitest';
import { fetchPackage, openArtifacts, openModel, shrunk, shrunkFile, ZOO } from '../src/index.ts';

async function modelAt(name: string, file: string): Promise<tf.LayersModel | string> {
  const entry = ZOO.find((one) => one.name === name)!;
  const fetched = await fetchPackage(entry);
  if ('reason' in fetched) return fetched.reason;
  return (await openModel(fetched.folder, entry.models.find((one) => one.file === file)!)).source as tf.LayersModel;
}

test.for([
  // Of a depthwise convolution a channel takes the filter before it with it.
  ['nsfwjs', 'dist/models/mobilenet_v2/model.min.js', 224, 'depthwiseKernel'],
  ['@upscalerjs/esrgan-slim', 'models/x2/model.json', 16, 'kernel'],
] as const)(
  '%s %s without a third of its units gives what the masked one gives',
  { timeout: 600_000 },
  async ([name, file, size, kernel], { skip }) => {
    const model = await modelAt(name, file);
    if (typeof model === 'string') return skip(model);
    const { certificate, reloaded } = await shrunk(model, {
      sparsity: 1 / 3,
      size,
      filter: (path) => path.endsWith(kernel),
      runs: 3,
    });
    console.log(name, certificate);
    expect(certificate.relative).toBeLessThanOrEqual(1e-6);
    expect(reloaded).toBe(0);
    expect(certificate.after.units).toBeLessThan(certificate.before.units);
    model.dispose();
  },
);

test('of a published Inception 152 units go as it is, 144 of them of one layer of 256', { timeout: 900_000 }, async ({
  skip,
}) => {
  const model = await modelAt('nsfwjs', 'dist/models/inception_v3/model.min.js');
  if (typeof model === 'string') return skip(model);
  const probes = tf.randomUniform([1, 299, 299, 3], 0, 1, 'float32', 1);
  const { model: small, plan, certificate } = await shrink(model, { probes });
  probes.dispose();
  console.log(certificate);
  expect(
    Object.fromEntries(plan.layers.flatMap(({ path, removed: { length } }) => (length > 0 ? [[path, length]] : []))),
  ).toEqual({
    conv2d_2: 2,
    conv2d_92: 3,
    conv2d_93: 3,
    dense_1: 144,
  });
  expect(certificate.relative).toBeLessThanOrEqual(1e-6);
  small.dispose();
  model.dispose();
});

test.for([
  ['nsfwjs', 'dist/models/mobilenet_v2/model.min.js', 224, 'depthwise_kernel'],
  ['nsfwjs', 'dist/models/inception_v3/model.min.js', 299, '/kernel'],
  ['@upscalerjs/esrgan-slim', 'models/x2/model.json', 16, '/kernel'],
  ['@upscalerjs/esrgan-medium', 'models/x4/model.json', 16, '/kernel'],
] as const)(
  'the file %s %s without a third of its units predicts in stock what the masked file does',
  {
    timeout: 900_000,
  },
  async ([name, file, size, kernel], { skip }) => {
    const entry = ZOO.find((one) => one.name === name)!;
    const fetched = await fetchPackage(entry);
    if ('reason' in fetched) return skip(fetched.reason);
    const artifacts = openArtifacts(fetched.folder, { file, kind: 'layers' });
    const coded = await openCheckpoint(artifacts as never);
    // Files in 8 bits have weights without a code for 0: as float32.
    const source = await openCheckpoint({
      modelTopology: artifacts.modelTopology as never,
      weightSpecs: coded.tensors.map(({ name: tensor, shape }) => ({
        name: tensor,
        shape: [...shape],
        dtype: 'float32',
      })),
      weightData: await Promise.all(
        coded.tensors.map(async (one) => Float32Array.from((await one.values()) as Float32Array).buffer),
      ),
    });
    const { plan, guarantee, relative } = await shrunkFile(source, (one) => one.endsWith(kernel), 1 / 3, size);
    console.log(name, file, plan.before, plan.after, relative);
    expect(guarantee.outputs).toBe('identity');
    expect(relative).toBeLessThanOrEqual(1e-6);
    expect(plan.after.units).toBeLessThan(plan.before.units);
  },
);
