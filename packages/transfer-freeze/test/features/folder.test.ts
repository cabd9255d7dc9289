import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { cacheFeatures } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';

describe('cacheFeatures', () => {
  it('keeps a file for each batch in a folder, reads whole ones again and writes others anew', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weightkit-features-'));
    const store = join(folder, 'deep', 'store');
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [2], kernelInitializer: 'ones', name: 'body' }),
        tf.layers.dense({ units: 1, kernelInitializer: 'ones' }),
      ],
    });
    const data = [
      [1, 2],
      [3, 4],
      [5, 6],
    ];
    const run = async () => {
      const cache = await cacheFeatures(model, 'body', data, { batchSize: 2, store });
      const { xs } = await cache.tensors();
      const values = Array.from(await xs.data());
      xs.dispose();
      const { computed, reused, broken } = cache.report;
      cache.dispose();
      return { values, counts: [computed, reused, broken] };
    };
    try {
      const values = [3, 3, 3, 7, 7, 7, 11, 11, 11];
      expect(await run()).toEqual({ values, counts: [2, 0, 0] });
      const files = await readdir(store);
      expect(files.every((name) => /^[0-9a-f]{64}\.safetensors$/.test(name))).toBe(true);
      expect(files.length).toBe(2);
      expect(await run()).toEqual({ values, counts: [0, 2, 0] });
      await truncate(join(store, files[0]!), 70);
      await rm(join(store, files[1]!));
      expect(await run()).toEqual({ values, counts: [2, 0, 1] });
      expect((await readdir(store)).sort()).toEqual(files.sort());
      const cache = await cacheFeatures(model, 'body', data, { batchSize: 2, store });
      await rm(store, { recursive: true });
      await expect(cache.tensors()).rejects.toThrow('cacheFeatures: files of features must be left where they are');
      cache.dispose();
    } finally {
      await rm(folder, { recursive: true });
      model.dispose();
    }
  });
});
