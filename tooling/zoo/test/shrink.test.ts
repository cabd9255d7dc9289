import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { openCheckpoint } from '@weightkit/checkpoint';
import { expect, test } from 'vitest';
import { fetchPackage, openModel, shrunk, shrunkFile, ZOO } from '../src/index.ts';

test('an upscaler without half of its filters gives what the masked one gives', { timeout: 120_000 }, async ({
  skip,
}) => {
  const entry = ZOO.find(({ name }) => name === '@upscalerjs/default-model')!;
  const fetched = await fetchPackage(entry);
  if ('reason' in fetched) return skip(fetched.reason);
  const model = (await openModel(fetched.folder, entry.models[0]!)).source as tf.LayersModel;
  const { certificate, reloaded } = await shrunk(model, {
    sparsity: 0.5,
    size: 8,
    filter: (path) => path.endsWith('kernel'),
  });
  expect(certificate.relative).toBeLessThanOrEqual(1e-6);
  expect(reloaded).toBe(0);
  // Half of the filters, and half of what reads them.
  expect(certificate.after.parameters).toBeLessThan(0.5 * certificate.before.parameters);
  model.dispose();
});

test('the file of an upscaler, as Keras wrote it, without half of its filters predicts in stock what the masked file does', {
  timeout: 120_000,
}, async ({ skip }) => {
  const entry = ZOO.find(({ name }) => name === '@upscalerjs/default-model')!;
  const fetched = await fetchPackage(entry);
  if ('reason' in fetched) return skip(fetched.reason);
  const source = await openCheckpoint(join(fetched.folder, entry.models[0]!.file));
  const { plan, guarantee, relative } = await shrunkFile(source, (name) => name.endsWith('/kernel'), 0.5, 8);
  await source.close();
  expect(guarantee.outputs).toBe('identity');
  expect(relative).toBeLessThanOrEqual(1e-6);
  expect(plan.after.parameters).toBeLessThan(0.5 * plan.before.parameters);
});
