import { mkdtemp, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { fileSystem } from '@weightkit/core/node';
import { artifactsOf, loadStock, valuesOf } from '@weightkit/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quantizeModel, save } from '../../src/index.ts';
import { recurrentModel } from '../helpers.ts';

/** The one weight file of the folder's model.json. */
const weightsOf = async (folder: string) => (await readdir(folder)).find((name) => name.startsWith('model.weights-'))!;
const predict = (model: tf.LayersModel, x: tf.Tensor) => valuesOf(model.predict(x) as tf.Tensor);

describe('save', () => {
  const { model, x } = recurrentModel();
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weightkit-quantization-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    model.dispose();
    x.dispose();
  });

  test.each(['uint8', 'uint16', 'float16'] as const)(
    'save(%s model, folder) writes files that stock loads with the same predictions',
    async (dtype) => {
      const path = join(folder, dtype);
      const quantized = await quantizeModel(model, { dtype });
      const result = await save(quantized, fileSystem(path));
      expect(result.modelArtifactsInfo.weightDataBytes).toBe(quantized.report.bytesAfter);
      const weights = join(path, await weightsOf(path));
      expect((await stat(weights)).size).toBe(quantized.report.bytesAfter);

      const memory = await loadStock(quantized.artifacts);
      // Stock code alone reads the files here: tf.io.fromMemory of what is on disk.
      const { weightsManifest, ...json } = JSON.parse(await readFile(join(path, 'model.json'), 'utf8'));
      const weightData = Uint8Array.from(await readFile(weights)).buffer;
      const stock = await tf.loadLayersModel(
        tf.io.fromMemory({ ...json, weightSpecs: weightsManifest[0].weights, weightData }),
      );
      const ours = await tf.loadLayersModel(fileSystem(path));
      const wanted = await predict(memory, x);
      expect(await predict(stock, x)).toEqual(wanted);
      expect(await predict(ours, x)).toEqual(wanted);
      for (const m of [memory, stock, ours]) m.dispose();
    },
  );

  test('save(model, folder) writes a file whose truncation is refused', async () => {
    const path = join(folder, 'cut');
    const quantized = await quantizeModel(model);
    await save(quantized, fileSystem(path));
    const { bytesAfter } = quantized.report;
    const weights = await weightsOf(path);
    await truncate(join(path, weights), bytesAfter - 1);
    await expect(tf.loadLayersModel(fileSystem(path))).rejects.toThrow(
      `${weights} must have ${bytesAfter} bytes as model.json says, got ${bytesAfter - 1}`,
    );
  });

  test('save(model, handler) gives the handler the artifacts, as often as asked', async () => {
    const quantized = await quantizeModel(model);
    for (let i = 0; i < 2; i++)
      expect(await artifactsOf((handler) => save(quantized, handler))).toEqual(quantized.artifacts);
  });

  test('save refuses targets that nothing saves to and models that are not quantized', async () => {
    const quantized = await quantizeModel(model);
    await expect(save(quantized, 'nowhere://x')).rejects.toThrow(/^save: target must be a URL .*got "nowhere:\/\/x"/);
    await expect(save(quantized, {})).rejects.toThrow(TypeError);
    await expect((save as (...args: unknown[]) => Promise<unknown>)(quantized, fileSystem(folder), {})).rejects.toThrow(
      'save: it must get a model and a target, it has no options, got {}',
    );
    await expect(save(model as never, fileSystem(folder))).rejects.toThrow(
      'save: quantized must be what quantizeModel returned',
    );
  });
});
