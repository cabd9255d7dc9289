import * as tf from '@tensorflow/tfjs';
import { fans, saveFolded, weightsOf } from '@weightkit/core';
import { artifactsOf, leakOf, loadStock, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { heNormal, heUniform, orthogonal, truncatedNormal } from '../../src/index.ts';
import { type LayerInitializer, layerInitializer, registerLayers } from '../../src/layers.ts';
import { make, TABLE } from '../support.ts';

/** What tfjs does with a saved configuration. */
function fromSaved(config: object): LayerInitializer {
  const cls = layerInitializer(heNormal()).constructor as unknown as {
    fromConfig(cls: unknown, config: object): LayerInitializer;
  };
  return cls.fromConfig(cls, config);
}

const kernelsOf = (model: tf.LayersModel) =>
  Promise.all(weightsOf(model, /kernel/i).map((weight) => valuesOf(weight.read())));

describe('layerInitializer(initializer, { seed })', () => {
  it('is a tfjs-layers initializer that layers take', async () => {
    const init = layerInitializer(heNormal(), { seed: 3 });
    expect(init).toBeInstanceOf(Object.getPrototypeOf(tf.initializers.zeros().constructor));
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 5, inputShape: [4], kernelInitializer: init })] });
    const [kernel] = await kernelsOf(model);
    // The first weight is the initializer's own first stream.
    expect(kernel).toEqual(await valuesOf(heNormal()([4, 5], { seed: 3 })));
    model.dispose();
  });

  it('gives every weight that one instance fills another stream, and the same code and seed the same model', async () => {
    const build = () => {
      const he = layerInitializer(heUniform(), { seed: 8 });
      const dense = () => tf.layers.dense({ units: 6, inputShape: [6], kernelInitializer: he });
      return tf.sequential({ layers: [dense(), dense(), dense()] });
    };
    const [one, two] = [build(), build()];
    const kernels = await kernelsOf(one);
    expect(new Set(kernels.map(String)).size).toBe(3);
    expect(await kernelsOf(two)).toEqual(kernels);
    for (const [i, path] of ['', '1', '2'].entries())
      expect(kernels[i]).toEqual(await valuesOf(heUniform()([6, 6], { seed: 8, path })));
    one.dispose();
    two.dispose();
  });

  it('gives both directions of a Bidirectional different values, though tfjs clones the initializer', async () => {
    const build = () => {
      const [k, r] = [heNormal(), orthogonal()].map((init) => layerInitializer(init, { seed: 2 }));
      const layer = tf.layers.lstm({ units: 4, kernelInitializer: k!, recurrentInitializer: r! }) as tf.RNN;
      return tf.sequential({ layers: [tf.layers.bidirectional({ layer, mergeMode: 'concat', inputShape: [3, 4] })] });
    };
    const [one, two] = [build(), build()];
    const kernels = await kernelsOf(one);
    expect(new Set(kernels.map(String)).size).toBe(4);
    expect(await kernelsOf(two)).toEqual(kernels);
    one.dispose();
    two.dispose();
  });

  it('gives instances without a seed each its own', async () => {
    const drawn = [layerInitializer(heNormal()), layerInitializer(heNormal())].map((init) => init.apply([4, 4]));
    const [a, b] = await Promise.all(drawn.map(valuesOf));
    expect(a).not.toEqual(b);
  });

  it('reads fans off the shape by the layout that is given', async () => {
    const layout = { kind: 'depthwise' } as const;
    const init = layerInitializer(heNormal(), { seed: 1, layout });
    const model = tf.sequential({
      layers: [tf.layers.depthwiseConv2d({ kernelSize: 3, inputShape: [5, 5, 64], depthwiseInitializer: init })],
    });
    const [kernel] = await kernelsOf(model);
    const shape = [3, 3, 64, 1];
    expect(kernel).toEqual(await valuesOf(heNormal()(shape, { seed: 1, fans: fans(shape, layout) })));
    const rms = Math.sqrt(kernel!.reduce((sum, x) => sum + x * x, 0) / kernel!.length);
    // sqrt(2 / 9); five standard errors of 576 truncated normal values, sqrt(1.37 / 4n) each.
    expect(Math.abs(rms / Math.sqrt(2 / 9) - 1)).toBeLessThan(5 * Math.sqrt(1.37 / (4 * 576)));
    model.dispose();
  });

  it('refuses other initializers, unknown options, a bad seed or layout, and dtypes but float32', () => {
    const wrong = (initializer: unknown, options?: object) => () => layerInitializer(initializer as never, options);
    expect(wrong('heNormal')).toThrow('layerInitializer: initializer must be one of this package, as heNormal()');
    expect(wrong(tf.initializers.zeros())).toThrow(TypeError);
    expect(wrong(heNormal(), { seeds: 1 })).toThrow('layerInitializer: options must be among seed, layout');
    expect(wrong(heNormal(), { seed: 1.5 })).toThrow('layerInitializer: seed must be a safe integer, got 1.5');
    expect(wrong(heNormal(), { layout: { kind: 'dense' } })).toThrow('layerInitializer: kind must be');
    expect(() => layerInitializer(heNormal()).apply([2, 2], 'int32')).toThrow(
      'layerInitializer: dtype must be float32, got "int32"',
    );
  });

  it('leaves nothing behind but its result', async () => {
    const init = layerInitializer(orthogonal());
    expect(await leakOf(() => init.apply([4, 4]).dispose())).toEqual({ tensors: 0, variables: 0 });
  });
});

describe('saving and loading', () => {
  const build = () =>
    tf.sequential({
      layers: [
        tf.layers.lstm({
          units: 4,
          inputShape: [3, 2],
          kernelInitializer: layerInitializer(truncatedNormal({ std: 0.3, lower: -Infinity, upper: 1 }), { seed: -7 }),
          recurrentInitializer: layerInitializer(orthogonal({ gain: 0.5 }), { seed: 1 }),
          biasInitializer: layerInitializer(make('constant', { value: 0.1 }), { seed: 1 }),
          unitForgetBias: true,
        }),
        tf.layers.dense({ units: 2, kernelInitializer: layerInitializer(heNormal(), { layout: { gates: 1 } }) }),
      ],
    });

  const expectSamePredictions = async (model: tf.LayersModel, loaded: tf.LayersModel) => {
    const x = tf.ones([2, 3, 2]);
    const [before, after] = await Promise.all([model, loaded].map((m) => valuesOf(m.predict(x) as tf.Tensor)));
    expect(maxAbsDifference(before!, after!)).toBe(0);
    tf.dispose(x);
    for (const one of [model, loaded]) one.dispose();
  };

  it.each(TABLE)('%s comes back from its configuration through JSON, as Python spells it', async (law, config) => {
    const options = { seed: 2 ** 40 };
    const dense = (init: LayerInitializer) =>
      tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4], kernelInitializer: init })] });
    const model = dense(layerInitializer(make(law, config), options));
    const json = model.toJSON() as string;
    const again = (await tf.models.modelFromJSON(JSON.parse(json))) as tf.LayersModel;
    const init = (again.layers[0] as unknown as { kernelInitializer: LayerInitializer }).kernelInitializer;
    const expected = await valuesOf(make(law, config)([4, 3], options));
    // Loading built with the initializer once; another from its configuration starts over.
    const fresh = fromSaved(JSON.parse(JSON.stringify(init.getConfig())));
    expect(await valuesOf(fresh.apply([4, 3]))).toEqual(expected);
    expect(JSON.parse(again.toJSON() as string)).toEqual(JSON.parse(json));
    model.dispose();
    again.dispose();
  });

  it('a saved model loads in stock tfjs with the same predictions once registerLayers() ran', async () => {
    const model = build();
    const artifacts = await artifactsOf((handler) => model.save(handler));
    // As in a fresh process: nothing of this package is registered.
    const { classNameMap } = tf.serialization.SerializationMap.getMap();
    delete classNameMap.WeightkitInitializer;
    await expect(loadStock(artifacts)).rejects.toThrow('Unknown initializer: WeightkitInitializer');
    registerLayers();
    const loaded = await loadStock(artifacts);
    await expectSamePredictions(model, loaded);
  });

  it('a model that saveFolded saved loads in stock tfjs with nothing registered', async () => {
    const model = build();
    const artifacts = await artifactsOf((handler) => saveFolded(model, handler));
    delete tf.serialization.SerializationMap.getMap().classNameMap.WeightkitInitializer;
    const loaded = await loadStock(artifacts);
    registerLayers();
    await expectSamePredictions(model, loaded);
  });

  it('a configuration that names no law is refused with the list', () => {
    const load = (config: object) => () => fromSaved(config);
    expect(load({ law: 'heNorm', seed: 0, options: {}, layout: null })).toThrow(
      'WeightkitInitializer: law must be one of chronoBias, constant, deltaOrthogonal,',
    );
    expect(load({ law: 'heNormal', seed: 'a', options: {}, layout: null })).toThrow('seed must be a safe integer');
  });
});
