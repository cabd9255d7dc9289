import * as tf from '@tensorflow/tfjs';
import { artifactsOf, loadStock, valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { parametrize, saveFolded, saveHandler } from '../../src/index.ts';

const build = () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'ones', name: 'd' })],
  });
  parametrize(model.layers[0]!, 'kernel', { forward: (w) => tf.mul(w, 3) });
  return model;
};

it('saveFolded(model, handler) gives the handler folded artifacts and returns what it returns', async () => {
  const model = build();
  const result = { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const }, responses: [] };
  let taken: tf.io.ModelArtifacts | undefined;
  const returned = await saveFolded(model, {
    save: async (artifacts) => {
      taken = artifacts;
      return result;
    },
  });
  expect(returned).toEqual({ ...result, report: { renamed: [], unconstrained: [], zeroedMoments: [] } });
  const again = await loadStock(taken!);
  const x = tf.ones([1, 1]);
  expect([...(await valuesOf(again.predict(x) as tf.Tensor))]).toEqual([3]);
  expect(await artifactsOf((handler) => saveFolded(again, handler))).toEqual({
    ...taken,
    weightData: taken!.weightData,
  });
  x.dispose();
  model.dispose();
  again.dispose();
});

it('saveFolded(model, url) finds the registered handler as model.save does', async () => {
  const model = build();
  const urls: unknown[] = [];
  const router = (url: string | string[]) => {
    if (typeof url !== 'string' || !url.startsWith('weightkit-test://')) return null as unknown as tf.io.IOHandler;
    urls.push(url);
    return tf.io.withSaveHandler(async () => ({
      modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' },
    }));
  };
  tf.io.registerSaveRouter(router);
  await saveFolded(model, 'weightkit-test://here');
  expect(urls).toEqual(['weightkit-test://here']);
  model.dispose();
});

it('saveHandler(fn, target) refuses what cannot save, in the name of the function that asks', async () => {
  expect(() => saveHandler('prune', 'nowhere://x')).toThrow(
    'prune: target must be a URL that a registered handler can save to (in Node: fileSystem from @weightkit/core/node), got "nowhere://x"',
  );
  for (const bad of [undefined, null, {}, { load: async () => ({}) }])
    expect(() => saveHandler('prune', bad as tf.io.IOHandler)).toThrow(
      'prune: target must be a URL or a handler with save',
    );
  const model = build();
  await expect(saveFolded(model, 'nowhere://x')).rejects.toThrow('saveFolded: target');
  model.dispose();
});
