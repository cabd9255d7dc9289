import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type LayerLike, layersOf } from '../../src/index.ts';

const paths = (model: LayerLike) => layersOf(model).map(({ path }) => path);
const dense = (name: string, inputShape?: number[]) =>
  tf.layers.dense({ units: 2, name, ...(inputShape && { inputShape }) });

describe('layersOf', () => {
  it('layersOf(model) lists nested models, wrappers, directions and cells, each with its owner', () => {
    const inner = tf.sequential({ name: 'inner', layers: [dense('d', [2])] });
    const outer = tf.sequential({ name: 'outer', layers: [dense('d', [2]), inner] });
    const model = tf.sequential({
      layers: [
        tf.layers.bidirectional({
          layer: tf.layers.gru({ units: 1 }) as tf.RNN,
          mergeMode: 'concat',
          inputShape: [3, 2],
          name: 'bi',
        }),
        outer,
        tf.layers.dropout({ rate: 0.5, name: 'drop' }),
      ],
    });
    expect(layersOf(model).map(({ path, owner }) => [path, owner.name])).toEqual([
      ['', model.name],
      ['bi', 'bi'],
      ['bi/forward', 'bi'],
      ['bi/forward/cell', 'bi'],
      ['bi/backward', 'bi'],
      ['bi/backward/cell', 'bi'],
      ['outer', 'outer'],
      ['outer/d', 'd'],
      ['outer/inner', 'inner'],
      ['outer/inner/d', 'd'],
      ['drop', 'drop'],
    ]);
    expect(paths(outer)).toEqual(['', 'd', 'inner', 'inner/d']);
    expect(paths(inner.layers[0]!)).toEqual(['d']);
    model.dispose();
  });

  it('layersOf(model) lists a shared layer at its first place only', () => {
    const shared = dense('shared');
    const [a, b] = [tf.input({ shape: [2], name: 'a' }), tf.input({ shape: [2], name: 'b' })];
    const sum = tf.layers.add({ name: 'sum' }).apply([a, b].map((x) => shared.apply(x) as tf.SymbolicTensor));
    const model = tf.model({ inputs: [a, b], outputs: sum as tf.SymbolicTensor });
    expect(paths(model)).toEqual(['', 'a', 'b', 'shared', 'sum']);
    model.dispose();
  });

  it('layersOf(model) keeps paths unique where names contain slashes', () => {
    const inner = tf.sequential({ name: 'a', layers: [dense('b', [2])] });
    const model = tf.sequential({ layers: [inner, dense('a/b'), dense('a/b_1')] });
    expect(paths(model)).toEqual(['', 'a', 'a/b', 'a/b_1', 'a/b_1_1']);
    model.dispose();
  });

  it('layersOf(custom layer) finds the layers in its properties and arrays that it trains, and no others', () => {
    class Block extends tf.layers.Layer {
      static className = 'WeightkitTestBlock';
      steps = [dense('one', [2]), tf.layers.dropout({ rate: 0.5 }), dense('two', [2])];
      headLayer = dense('head', [2]);
      stranger = dense('stranger', [2]);
      override build(): void {
        for (const layer of [this.steps[0]!, this.steps[2]!, this.headLayer, this.stranger]) layer.build([null, 2]);
        this.built = true;
      }
      override get trainableWeights() {
        return [this.steps[0]!, this.steps[2]!, this.headLayer].flatMap((layer) => layer.trainableWeights);
      }
      override get nonTrainableWeights() {
        return [];
      }
    }
    const block = new Block({ name: 'block', inputShape: [2] });
    block.build();
    expect(paths(block)).toEqual(['block', 'block/steps/0', 'block/steps/2', 'block/head']);
  });

  it('layersOf(no layer) and layersOf(unbuilt) throw, and say what to do', () => {
    for (const bad of [null, 3, {}, [], 'model'])
      expect(() => layersOf(bad as unknown as LayerLike)).toThrow(
        'layersOf: source must be a tfjs layer or LayersModel',
      );
    for (const bad of [tf.sequential({ name: 's' }), dense('s')])
      expect(() => layersOf(bad)).toThrow(
        'must be built, got s without weights; give its first layer an inputShape or call build(inputShape)',
      );
  });
});
