import type * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { fetchPackage, openModel, shrunk, ZOO } from '../src/index.ts';

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
