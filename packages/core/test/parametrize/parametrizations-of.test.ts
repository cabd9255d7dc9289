import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { isParametrized, parametrizationsOf, parametrize } from '../../src/index.ts';

it('parametrizationsOf and isParametrized find handles in nested models and cells, oldest first on each weight', () => {
  const rnn = tf.layers.gru({ units: 1, inputShape: [2, 1], name: 'rnn' });
  const nested = tf.sequential({ name: 'nested', layers: [tf.layers.dense({ units: 1, inputShape: [1], name: 'd' })] });
  const model = tf.sequential({ layers: [rnn, nested] });
  const same = { forward: (w: tf.Tensor) => w };
  expect([isParametrized(model), parametrizationsOf(model)]).toEqual([false, []]);
  const deep = parametrize(nested.layers[0]!, 'kernel', same);
  const [first, second] = [parametrize(rnn, 'kernel', same), parametrize(rnn, 'kernel', same)];
  expect(parametrizationsOf(model)).toEqual([first, second, deep]);
  expect(parametrizationsOf(nested)).toEqual([deep]);
  expect([isParametrized(rnn), isParametrized(nested)]).toEqual([true, true]);
  first.restore();
  deep.restore();
  expect(parametrizationsOf(model)).toEqual([second]);
  second.restore();
  expect(isParametrized(model)).toBe(false);
  model.dispose();
});

it('parametrizationsOf says of what kind each is, null where its transform does not', () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], name: 'd' })] });
  const same = { forward: (w: tf.Tensor) => w };
  parametrize(model.layers[0]!, 'kernel', { ...same, kind: 'mask' });
  parametrize(model.layers[0]!, 'kernel', same);
  expect(parametrizationsOf(model).map(({ kind }) => kind)).toEqual(['mask', null]);
  expect(() => parametrize(model.layers[0]!, 'kernel', { ...same, kind: '' })).toThrow(
    'parametrize: kind must have a letter or more, got ""',
  );
  expect(() => parametrize(model.layers[0]!, 'kernel', { ...same, kind: 3 as never })).toThrow(
    'parametrize: kind must be a text, got 3',
  );
  model.dispose();
});
