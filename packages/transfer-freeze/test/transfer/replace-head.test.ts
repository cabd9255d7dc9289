import * as tf from '@tensorflow/tfjs';
import { saveFolded, weightsOf } from '@weightkit/core';
import { artifactsOf, loadStock } from '@weightkit/testing';
import { lora, replaceHead } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';

const dense = (name: string, units = 4, inputShape?: number[]) =>
  tf.layers.dense({ units, name, activation: 'tanh', ...(inputShape ? { inputShape } : {}) });

/** A Sequential, one that begins with a nested model, and functional models, one of them with a nested model. */
const MODELS: Readonly<Record<string, () => tf.LayersModel>> = {
  sequential: () =>
    tf.sequential({
      name: 'net',
      layers: [dense('one', 4, [3]), dense('two'), dense('head', 5), tf.layers.dropout({ rate: 0.1, name: 'drop' })],
    }),
  'nested sequential': () =>
    tf.sequential({
      name: 'net',
      layers: [
        tf.sequential({ name: 'base', layers: [dense('one', 4, [3]), dense('two')] }),
        dense('head', 5),
        tf.layers.dropout({ rate: 0.1, name: 'drop' }),
      ],
    }),
  functional: () => {
    const input = tf.input({ shape: [3], name: 'in' });
    const one = dense('one').apply(input) as tf.SymbolicTensor;
    const two = tf.layers.add({ name: 'sum' }).apply([one, dense('two').apply(one) as tf.SymbolicTensor]);
    const head = dense('head', 5).apply(two) as tf.SymbolicTensor;
    const drop = tf.layers.dropout({ rate: 0.1, name: 'drop' }).apply(head) as tf.SymbolicTensor;
    return tf.model({ inputs: input, outputs: drop, name: 'net' });
  },
  'nested functional': () => {
    const base = tf.sequential({ name: 'base', layers: [dense('one', 4, [3]), dense('two')] });
    const input = tf.input({ shape: [3], name: 'in' });
    const head = dense('head', 5).apply(base.apply(input) as tf.SymbolicTensor) as tf.SymbolicTensor;
    const drop = tf.layers.dropout({ rate: 0.1, name: 'drop' }).apply(head) as tf.SymbolicTensor;
    return tf.model({ inputs: input, outputs: drop, name: 'net' });
  },
};

const pathsOf = (model: tf.LayersModel) => weightsOf(model).map(({ path }) => path);

async function predicted(model: tf.LayersModel, x: tf.Tensor): Promise<number[]> {
  const y = model.predict(x) as tf.Tensor;
  const values = [...(await y.data())];
  y.dispose();
  return values;
}

describe.each(Object.keys(MODELS))('replaceHead of a %s model', (kind) => {
  it('computes with the same body, trains, loads in stock, and leaves both models to be disposed', async () => {
    const start = tf.memory().numTensors;
    const model = MODELS[kind]!();
    const x = tf.randomNormal([4, 3], 0, 1, 'float32', 1);
    const before = await predicted(model, x);
    const old = pathsOf(model);
    const head = tf.layers.dense({ units: 2, kernelInitializer: 'ones', name: 'head' });
    const scale = tf.layers.dense({ units: 2, kernelInitializer: 'identity', name: 'last' });
    const { model: made, removed, added, shared } = replaceHead(model, [head, scale]);
    expect(made.constructor).toBe(model.constructor);
    expect([made.name, removed, added]).toEqual(['net', ['head', 'drop'], ['head', 'last']]);
    const body = old.filter((path) => !path.startsWith('head/'));
    expect(shared).toEqual(body);
    expect(pathsOf(made)).toEqual([...body, 'head/kernel', 'head/bias', 'last/kernel', 'last/bias']);
    expect(await predicted(model, x)).toEqual(before);

    // A head of ones sums what the body puts out; the old head as weights of the new one would compute as before.
    const sums = await predicted(made, x);
    expect(sums.every((value, i) => value === sums[i - (i % 2)])).toBe(true);
    const stock = await loadStock(await artifactsOf((handler) => saveFolded(made, handler)));
    expect(await predicted(stock, x)).toEqual(sums);
    stock.dispose();

    const optimizer = tf.train.sgd(0.1);
    made.compile({ optimizer, loss: 'meanSquaredError' });
    const y = tf.ones([4, 2]);
    await made.fit(x, y, { verbose: 0 });
    optimizer.dispose();
    expect(await predicted(made, x)).not.toEqual(sums);
    // The very variables.
    expect(await predicted(model, x)).not.toEqual(before);
    const last = await predicted(made, x);
    model.dispose();
    expect(await predicted(made, x)).toEqual(last);
    made.dispose();
    tf.dispose([x, y]);
    expect(tf.memory().numTensors).toBe(start);
  });
});

describe('replaceHead', () => {
  it('with the old head gives a model that predicts the same, twice over, and adapters hold in all', async () => {
    const model = MODELS.sequential!();
    const x = tf.randomNormal([4, 3], 0, 1, 'float32', 1);
    const before = await predicted(model, x);
    const again = () => {
      const { model: made } = replaceHead(model, [dense('head', 5)]);
      const [kernel, bias] = weightsOf(model, 'head/*');
      for (const [i, weight] of weightsOf(made, 'head/*').entries()) weight.write([kernel!, bias!][i]!.variable!);
      return made;
    };
    const [one, two] = [again(), again()];
    expect(await predicted(one, x)).toEqual(before);
    const adapters = lora(one, { rank: 1, filter: 'two/kernel' });
    const file = await adapters.toCheckpoint();
    const ones = file.tensors.map((tensor) => ({
      ...tensor,
      values: async () => new Float32Array(tensor.shape[0]! * tensor.shape[1]!).fill(1),
    }));
    await adapters.load({ ...file, tensors: ones });
    const moved = await predicted(one, x);
    expect(moved).not.toEqual(before);
    expect([await predicted(two, x), await predicted(model, x)]).toEqual([moved, moved]);
    adapters.remove();
    for (const each of [one, two, model]) each.dispose();
    x.dispose();
  });

  it('from a layer cuts there', () => {
    const model = MODELS.functional!();
    const { model: made, removed, shared } = replaceHead(model, [dense('new')], { from: 'drop' });
    expect([removed, shared]).toEqual([['drop'], pathsOf(model)]);
    expect(() => replaceHead(model, [dense('new')], { from: 'two' })).toThrow(
      'replaceHead: model must have layer two for its head, above which no layer has other than one input, got "sum"',
    );
    made.dispose();
    model.dispose();
  });

  it('refuses models without a head, shared heads, several outputs and layers that do not fit, and changes nothing', async () => {
    const start = tf.memory().numTensors;
    const model = MODELS.sequential!();
    const count = () => model.layers.map((layer) => [layer.inboundNodes.length, layer.outboundNodes.length]);
    const before = count();
    const held = tf.memory().numTensors;
    expect(() => replaceHead(model, [dense('two')])).toThrow('layers must have names of their own, got "two"');
    expect(() => replaceHead(model, [model.layers[0]!])).toThrow('replaceHead: layers must be new, each once');
    expect(() => replaceHead(model, [tf.layers.conv2d({ filters: 1, kernelSize: 1 })])).toThrow(
      'replaceHead: layers must fit what they are put behind, got: ',
    );
    expect(() => replaceHead(model, [dense('new'), tf.layers.conv2d({ filters: 1, kernelSize: 1 })])).toThrow(
      'must fit',
    );
    expect(() => replaceHead(model, [dense('new')], { from: 'nothing' })).toThrow(
      'replaceHead: model must have layer nothing for its head, got "one, two, head, drop"',
    );
    expect(() => replaceHead(model, [dense('new')], { from: 'one' })).toThrow(
      'replaceHead: head must leave a layer with weights below it, got "one"',
    );
    expect([count(), tf.memory().numTensors]).toEqual([before, held]);

    const twice = dense('twice', 3);
    const input = tf.input({ shape: [3] });
    const tied = tf.model({ inputs: input, outputs: twice.apply(twice.apply(input)) as tf.SymbolicTensor });
    expect(() => replaceHead(tied, [dense('new')])).toThrow(
      'replaceHead: head must share no layer or weight with what stays, got "twice"',
    );
    const body = dense('body').apply(input) as tf.SymbolicTensor;
    const outputs = [dense('a').apply(body), dense('b').apply(body)] as tf.SymbolicTensor[];
    const two = tf.model({ inputs: input, outputs });
    expect(() => replaceHead(two, [dense('new')])).toThrow('replaceHead: model must have one output, got 2');
    // A layer that is called twice is held twice.
    for (const each of [model, tied, two, twice]) each.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });
});
