import * as tf from '@tensorflow/tfjs';
import type { Checkpoint } from '@weightkit/checkpoint';
import { checkpointOf, parametrize, weightsOf } from '@weightkit/core';
import { freeze, transferWeights } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';

const dense = (units: number, name?: string, inputShape?: number[]): tf.layers.Layer =>
  tf.layers.dense({ units, ...(name ? { name } : {}), ...(inputShape ? { inputShape } : {}) });
const netOf = (...layers: tf.layers.Layer[]): tf.Sequential => tf.sequential({ layers });

async function valuesOf(model: tf.LayersModel, path: string): Promise<number[]> {
  const value = weightsOf(model, path)[0]!.read();
  const values = await value.data();
  value.dispose();
  return [...values];
}

const allOf = (model: tf.LayersModel): Promise<number[][]> =>
  Promise.all(weightsOf(model).map(({ path }) => valuesOf(model, path)));

describe('between models', () => {
  it('transferWeights finds layers without names by their place, nested and recurrent ones too', async () => {
    const build = () =>
      netOf(
        netOf(dense(3, undefined, [4, 2]), tf.layers.lstm({ units: 2, recurrentInitializer: 'glorotNormal' })) as never,
        tf.layers.batchNormalization(),
        dense(1),
      );
    const [a, b] = [build(), build()];
    const tensors = tf.memory().numTensors;
    const { transferred, skipped, unused, layout } = await transferWeights(a, b);
    expect(tf.memory().numTensors).toBe(tensors);
    expect([transferred.length, skipped, unused, layout]).toEqual([11, [], [], 'tfjs']);
    expect(await allOf(b)).toEqual(await allOf(a));
    a.dispose();
    b.dispose();
  });

  it('transferWeights takes the names that files have, of recurrent layers and statistics too', async () => {
    const build = () =>
      netOf(
        tf.layers.lstm({ units: 2, recurrentInitializer: 'glorotNormal', inputShape: [3, 2], name: 'memory' }),
        tf.layers.batchNormalization(),
        dense(1),
      );
    const [a, b] = [build(), build()];
    const { transferred, skipped } = await transferWeights(checkpointOf(a), b);
    expect([transferred.length, skipped]).toEqual([9, []]);
    expect(transferred[1]).toEqual({
      path: 'memory/cell/recurrentKernel',
      from: ['memory/recurrent_kernel'],
      shape: [2, 8],
      entries: 16,
      partial: false,
    });
    expect(await allOf(b)).toEqual(await allOf(a));
    a.dispose();
    b.dispose();
  });

  it('transferWeights leaves what has no partner, and says what of the source is not used', async () => {
    const [a, b] = [netOf(dense(3, 'body', [2]), dense(4, 'old')), netOf(dense(3, 'body', [2]), dense(2, 'new'))];
    const before = await valuesOf(b, 'new/kernel');
    const { transferred, skipped, unused, entries } = await transferWeights(a, b);
    expect(transferred.map(({ path }) => path)).toEqual(['body/kernel', 'body/bias']);
    const reason = 'the source has nothing of this name';
    expect(skipped).toEqual([
      { path: 'new/kernel', reason },
      { path: 'new/bias', reason },
    ]);
    expect([unused, entries]).toEqual([['old/kernel', 'old/bias'], 9]);
    expect(await valuesOf(b, 'new/kernel')).toEqual(before);
    a.dispose();
    b.dispose();
  });

  it('transferWeights renames by leading parts, the longest first', async () => {
    const [a, b] = [netOf(dense(3, 'x', [2]), dense(3, 'y')), netOf(dense(3, 'one', [2]), dense(3, 'two'))];
    const rename = { x: 'one', y: 'nowhere', 'y/kernel': 'two/kernel' };
    const { transferred, unused } = await transferWeights(a, b, { rename });
    expect(transferred.map(({ path, from }) => `${from} ${path}`)).toEqual([
      'x/kernel one/kernel',
      'x/bias one/bias',
      'y/kernel two/kernel',
    ]);
    expect(unused).toEqual(['y/bias']);
    a.dispose();
    b.dispose();
  });

  it('transferWeights by shape pairs layers of one shape in order, and none where their numbers differ', async () => {
    const a = netOf(dense(3, 'a', [3]), dense(3, 'b'), dense(2, 'c'));
    const same = netOf(dense(3, 'p', [3]), dense(3, 'q'), dense(2, 'r'));
    const { transferred } = await transferWeights(a, same, { match: 'shape' });
    expect(transferred.map(({ path, from }) => `${from} ${path}`)).toEqual([
      'a/kernel p/kernel',
      'a/bias p/bias',
      'b/kernel q/kernel',
      'b/bias q/bias',
      'c/kernel r/kernel',
      'c/bias r/bias',
    ]);
    const other = netOf(dense(3, 's', [3]), dense(2, 't'));
    const { skipped, transferred: few } = await transferWeights(a, other, { match: 'shape' });
    expect(few.map(({ path }) => path)).toEqual(['t/kernel', 't/bias']);
    expect(skipped[0]!.reason).toBe('ambiguous: 1 layers here and 2 in the source have such shapes; rename them');
    for (const model of [a, same, other]) model.dispose();
  });

  it('transferWeights names all shapes that differ in one error and changes nothing; skips them, or sets what both have', async () => {
    const [a, b] = [netOf(dense(3, 'one', [4]), dense(2, 'two')), netOf(dense(4, 'one', [4]), dense(2, 'two'))];
    const before = await allOf(b);
    await expect(transferWeights(a, b)).rejects.toThrow(
      "transferWeights: shapes must agree (onMismatch: 'skip' leaves such weights, 'overlap' sets what both have): one/kernel is " +
        '[4,4] here and [4,3] in one/kernel; one/bias is [4] here and [3] in one/bias; two/kernel is [4,2] here and [3,2] in two/kernel, got 3',
    );
    expect(await allOf(b)).toEqual(before);
    const { transferred } = await transferWeights(a, b, { onMismatch: 'skip' });
    expect(transferred.map(({ path }) => path)).toEqual(['two/bias']);
    const dry = await transferWeights(a, b, { onMismatch: 'overlap', dryRun: true });
    expect(await valuesOf(b, 'one/kernel')).toEqual(before[0]);
    const set = await transferWeights(a, b, { onMismatch: 'overlap' });
    expect(set).toEqual(dry);
    expect(set.transferred[0]).toEqual({
      path: 'one/kernel',
      from: ['one/kernel'],
      shape: [4, 4],
      entries: 12,
      partial: true,
    });
    const [mine, theirs] = [await valuesOf(b, 'one/kernel'), await valuesOf(a, 'one/kernel')];
    expect(mine).toEqual(before[0]!.map((own, i) => (i % 4 < 3 ? theirs[Math.floor(i / 4) * 3 + (i % 4)] : own)));
    a.dispose();
    b.dispose();
  });
});

describe('in a model that is at work', () => {
  it('transferWeights sets a parametrized weight through its inverse, and gives all back where one has none', async () => {
    const [a, b] = [netOf(dense(3, 'one', [2]), dense(2, 'two')), netOf(dense(3, 'one', [2]), dense(2, 'two'))];
    const half = { forward: (w: tf.Tensor) => tf.mul(w, 0.5), rightInverse: (w: tf.Tensor) => tf.mul(w, 2) };
    const one = parametrize(weightsOf(b, 'one/kernel')[0]!, half as never);
    await transferWeights(a, b);
    expect(await valuesOf(b, 'one/kernel')).toEqual(await valuesOf(a, 'one/kernel'));
    one.restore();
    parametrize(weightsOf(b, 'two/kernel')[0]!, { forward: (w: tf.Tensor) => tf.abs(w) });
    const c = netOf(dense(3, 'one', [2]), dense(2, 'two'));
    const before = await allOf(b);
    const tensors = tf.memory().numTensors;
    await expect(transferWeights(c, b)).rejects.toThrow('two/kernel');
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await allOf(b)).toEqual(before);
    for (const model of [a, b, c]) model.dispose();
  });

  it('transferWeights into frozen weights is seen by verify', async () => {
    const [a, b] = [netOf(dense(3, 'one', [2])), netOf(dense(3, 'one', [2]))];
    const frozen = await freeze(b, 'one/kernel');
    await transferWeights(a, b);
    expect((await frozen.verify()).moved.map(({ path }) => path)).toEqual(['one/kernel']);
    frozen.unfreeze();
    a.dispose();
    b.dispose();
  });
});

/** A checkpoint of made tensors. */
const checkpointWith = (tensors: Record<string, { shape: number[]; values: number[]; dtype?: string }>): Checkpoint =>
  ({
    format: 'safetensors',
    tensors: Object.entries(tensors).map(([name, { shape, values, dtype = 'float32' }]) => ({
      name,
      shape,
      dtype,
      encoding: { kind: 'plain' },
      byteLength: values.length * (dtype === 'int8' ? 1 : 4),
      bytes: async () => new Uint8Array(new Float32Array(values).buffer),
      values: async () => Float32Array.from(values),
      async *chunks() {
        yield Float32Array.from(values);
      },
      async *byteChunks() {
        yield new Uint8Array(new Float32Array(values).buffer);
      },
    })),
    extras: {},
    close: async () => {},
  }) as unknown as Checkpoint;

describe('what cannot be taken', () => {
  it.each([
    [
      'NaN',
      { 'fc/bias': { shape: [1], values: [Number.NaN] } },
      'transferWeights: the source must be finite, got NaN at fc/bias[0]',
    ],
    [
      'nothing of the model',
      { 'other/bias': { shape: [1], values: [1] } },
      "transferWeights: a weight must have a partner in the source (rename names, or match: 'shape' or 'similar'; the model has fc/kernel, fc/bias; the source other/bias), got",
    ],
    ['codes', { 'fc/bias': { shape: [1], values: [1], dtype: 'int8' } }, 'a weight must have a partner in the source'],
  ])('transferWeights refuses a source of %s', async (_, tensors, message) => {
    const model = netOf(dense(1, 'fc', [1]));
    const before = await allOf(model);
    await expect(transferWeights(checkpointWith(tensors), model)).rejects.toThrow(message);
    expect(await allOf(model)).toEqual(before);
    model.dispose();
  });

  it('transferWeights leaves a GRU of PyTorch out, and says why', async () => {
    const zeros = (...shape: number[]) => ({ shape, values: Array(shape.reduce((a, b) => a * b)).fill(0.5) });
    const state = checkpointWith({
      'gru.weight_ih_l0': zeros(6, 2),
      'gru.weight_hh_l0': zeros(6, 2),
      'gru.bias_ih_l0': zeros(6),
      'gru.bias_hh_l0': zeros(6),
      'fc.weight': zeros(1, 2),
    });
    const gru = tf.layers.gru({ units: 2, recurrentInitializer: 'glorotNormal', inputShape: [3, 2], name: 'gru' });
    const model = netOf(gru, dense(1, 'fc'));
    const { transferred, skipped } = await transferWeights(state, model);
    expect(transferred.map(({ path }) => path)).toEqual(['fc/kernel']);
    expect(skipped.map(({ path }) => path)).toEqual([
      'gru/cell/kernel',
      'gru/cell/recurrentKernel',
      'gru/cell/bias',
      'fc/bias',
    ]);
    expect(skipped[0]!.reason).toMatch('reset gate');
    expect(skipped[3]!.reason).toBe('its module has no bias');
    model.dispose();
  });

  it.each([
    [{ match: 'paths' }, "transferWeights: match must be 'name', 'shape' or 'similar', got \"paths\""],
    [{ layout: 'keras' }, "transferWeights: layout must be 'tfjs' or 'torch', got \"keras\""],
    [{ onMismatch: 'crop' }, "transferWeights: onMismatch must be 'error', 'skip' or 'overlap', got \"crop\""],
    [{ rename: { x: 'y' } }, 'transferWeights: rename must begin with names of the source, got "x"'],
    [
      { rename: { 'fc/kernel': 'fc/bias' } },
      'transferWeights: rename must leave each name to one tensor, got "fc/bias"',
    ],
    [{ filter: 'none' }, 'transferWeights: filter must match a weight'],
  ])('transferWeights refuses options %j', async (options, message) => {
    const [a, b] = [netOf(dense(1, 'fc', [1])), netOf(dense(1, 'fc', [1]))];
    await expect(transferWeights(a, b, options as never)).rejects.toThrow(message);
    a.dispose();
    b.dispose();
  });
});
