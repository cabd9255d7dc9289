import * as tf from '@tensorflow/tfjs';
import { browserStore, cacheFeatures } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';

const inPage = typeof indexedDB === 'object';

describe('browserStore', () => {
  it('keeps features in IndexedDB until they are cleared, and is refused where there is none', async () => {
    if (!inPage) {
      await expect(browserStore('some')).rejects.toThrow('browserStore: there must be an IndexedDB');
      return;
    }
    const name = `test-${Math.random()}`;
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [2], kernelInitializer: 'ones', name: 'body' }),
        tf.layers.dense({ units: 1, kernelInitializer: 'ones' }),
      ],
    });
    const run = async () => {
      // Opened anew, as when the page comes again.
      const store = await browserStore(name);
      const cache = await cacheFeatures(
        model,
        'body',
        [
          [1, 2],
          [3, 4],
        ],
        { batchSize: 1, store },
      );
      const { xs } = await cache.tensors();
      const values = Array.from(await xs.data());
      xs.dispose();
      cache.dispose();
      store.close();
      return [cache.report.computed, cache.report.reused, values];
    };
    const values = [3, 3, 3, 7, 7, 7];
    expect(await run()).toEqual([2, 0, values]);
    expect(await run()).toEqual([0, 2, values]);
    const store = await browserStore(name);
    await store.clear();
    store.close();
    expect(await run()).toEqual([2, 0, values]);
    model.dispose();
  });
});
