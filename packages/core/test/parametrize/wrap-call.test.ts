import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CallWrapper, wrapCall } from '../../src/index.ts';

const build = () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [1], useBias: false, kernelInitializer: 'ones' })],
  });
  return { model, layer: model.layers[0]! };
};
/** x -> 10 x + digit, so that the order of two of them shows. */
const append =
  (digit: number): CallWrapper =>
  (call, inputs, kwargs) =>
    tf.add(tf.mul(call(inputs, kwargs) as tf.Tensor, 10), digit);
const result = async (model: tf.LayersModel) => {
  const x = tf.ones([1, 1]);
  const [value] = await valuesOf(model.predict(x) as tf.Tensor);
  x.dispose();
  return value;
};

it('wrapCall(layer, wrapper) nests, the first installed outermost, and restores the class method when all are gone', async () => {
  const { model, layer } = build();
  const first = wrapCall(layer, append(1));
  const second = wrapCall(layer, append(2));
  expect(await result(model)).toBe(121);
  first();
  expect(await result(model)).toBe(12);
  second();
  expect(Object.hasOwn(layer, 'call')).toBe(false);
  expect(await result(model)).toBe(1);
  model.dispose();
});

it('wrapCall(layer, wrapper) may be removed in any order, each handle once, equal wrappers included', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 4 }),
      fc.infiniteStream(fc.nat(99)),
      async (digits, order) => {
        const { model, layer } = build();
        const wrappers = [append(1), append(2)];
        const live = digits.map((digit) => ({ digit, remove: wrapCall(layer, wrappers[digit - 1]!) }));
        while (live.length > 0) {
          expect(await result(model)).toBe(Number([1, ...live.map(({ digit }) => digit).reverse()].join('')));
          const [gone] = live.splice(order.next().value % live.length, 1);
          gone!.remove();
          gone!.remove();
        }
        expect(Object.hasOwn(layer, 'call')).toBe(false);
        model.dispose();
      },
    ),
    { numRuns: 20, seed: 3 },
  );
});

it('wrapCall(layer, wrapper) keeps a call that was there before and one that is put over it later', async () => {
  const { model, layer } = build();
  const before = () => tf.tensor2d([[5]]);
  layer.call = before;
  const inner = wrapCall(layer, append(1));
  expect(await result(model)).toBe(51);
  const ours = layer.call;
  const after: typeof layer.call = (inputs, kwargs) => tf.mul(ours.call(layer, inputs, kwargs) as tf.Tensor, -1);
  layer.call = after;
  const outer = wrapCall(layer, append(2));
  expect(await result(model)).toBe(-508);
  inner();
  expect(await result(model)).toBe(-48);
  outer();
  expect(layer.call).toBe(after);
  expect(await result(model)).toBe(-5);
  layer.call = before;
  const again = wrapCall(layer, append(3));
  expect(await result(model)).toBe(53);
  again();
  expect(layer.call).toBe(before);
  model.dispose();
});

it('wrapCall(layer, wrapper) lets a wrapper remove itself during the call without skipping another', async () => {
  const { model, layer } = build();
  const once = wrapCall(layer, (call, inputs, kwargs) => {
    once();
    return call(inputs, kwargs);
  });
  const other = wrapCall(layer, append(7));
  expect(await result(model)).toBe(17);
  expect(await result(model)).toBe(17);
  other();
  model.dispose();
});

it('wrapCall(layer, wrapper) can leave the call out, passes errors on and leaks nothing', async () => {
  const { model, layer } = build();
  const remove = wrapCall(layer, () => tf.tensor2d([[4]]));
  expect(await result(model)).toBe(4);
  expect((await leakOf(() => result(model))).tensors).toBe(0);
  remove();
  const failing = wrapCall(layer, () => {
    throw new Error('stop');
  });
  await expect(result(model)).rejects.toThrow('stop');
  failing();
  expect(await result(model)).toBe(1);
  model.dispose();
});

it('wrapCall(no layer) and wrapCall(layer, no function) throw', () => {
  const { model, layer } = build();
  expect(() => wrapCall({} as typeof layer, append(1))).toThrow('wrapCall: layer must be a tfjs layer');
  expect(() => wrapCall(layer, 3 as unknown as CallWrapper)).toThrow('wrapCall: wrapper must be a function, got 3');
  expect(Object.hasOwn(layer, 'call')).toBe(false);
  model.dispose();
});
