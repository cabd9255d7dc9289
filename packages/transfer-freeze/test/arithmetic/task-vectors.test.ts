import * as tf from '@tensorflow/tfjs';
import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { checkpointOf, parametrize, weightsOf } from '@weightkit/core';
import { fillBernoulli, foldIn, pathHash, randomKey } from '@weightkit/numerics';
import { leakOf } from '@weightkit/testing';
import { addTaskVector, combineTaskVectors, taskVector } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import golden from '../golden/tasks.json' with { type: 'json' };
import { read } from '../net.ts';

/** Without names of its own but for one; 12 + 4 and 8 + 2 entries. */
const net = (units = 2) =>
  tf.sequential({
    layers: [tf.layers.dense({ units: 4, inputShape: [3] }), tf.layers.dense({ units, name: 'head' })],
  });

/** Sets all weights to entries of one list. */
function fill(model: tf.LayersModel, values: readonly number[]): void {
  let at = 0;
  for (const weight of weightsOf(model)) {
    const size = weight.shape.reduce((a, b) => a * b, 1);
    tf.tidy(() => weight.write(tf.tensor(values.slice(at, at + size), [...weight.shape])));
    at += size;
  }
}

const flat = async (model: tf.LayersModel): Promise<number[]> =>
  (await Promise.all(weightsOf(model).map(({ variable }) => read(variable!)))).flatMap((values) => Array.from(values));

type Vector = Awaited<ReturnType<typeof taskVector>>;

const entries = async ({ tensors }: Vector): Promise<number[]> =>
  (await Promise.all(tensors.map((tensor) => tensor.values()))).flatMap((values) => Array.from(values as Float32Array));

/** The vectors of the golden, as what fine-tuning has changed from `base`. */
async function goldenVectors(): Promise<Vector[]> {
  const [base, tuned] = [net(), net()];
  const zeros = golden.vectors[0]!.map(() => 0);
  fill(base, zeros);
  const vectors: Vector[] = [];
  for (const values of golden.vectors) {
    fill(tuned, values);
    vectors.push(await taskVector(base, tuned));
  }
  base.dispose();
  tuned.dispose();
  return vectors;
}

const vectors = await goldenVectors();
const rounded = (values: readonly number[]): number[] => Array.from(Float32Array.from(values));

describe('taskVector', () => {
  it('is what fine-tuning has changed, of models and of files, under names that both have', async () => {
    const [base, tuned] = [net(), net()];
    const before = golden.vectors[0]!;
    // Sums of multiples of 1/256 are exact.
    const after = before.map((value, i) => value + golden.vectors[1]![i]!);
    fill(base, before);
    fill(tuned, after);
    for (const source of [tuned, await checkpointOf(tuned)]) {
      const vector = await taskVector(base, source);
      expect(vector.tensors.map(({ name, shape }) => [name, [...shape]])).toEqual([
        ['dense_Dense#1/kernel', [3, 4]],
        ['dense_Dense#1/bias', [4]],
        ['head/kernel', [4, 2]],
        ['head/bias', [2]],
      ]);
      expect(await entries(vector)).toEqual(golden.vectors[1]!);
    }
    const part = await taskVector(base, tuned, { filter: 'head/*' });
    expect(part.tensors.map(({ name }) => name)).toEqual(['head/kernel', 'head/bias']);
    const wide = net(3);
    await expect(taskVector(base, wide)).rejects.toThrow(
      /^taskVector: base and tuned must have the same weights \(a filter leaves others out\): tuned has head\/kernel as \[4,3\], not \[4,2\]; tuned has head\/bias as \[3\], not \[2\], got 2$/,
    );
    await expect(taskVector(base, wide, { filter: 'none' })).rejects.toThrow('taskVector: base must have weights');
    for (const one of [base, tuned, wide]) one.dispose();
  });
});

describe('addTaskVector', () => {
  it('adds, takes away and gives back, through files and parametrizations', async () => {
    const model = net();
    const [start, change] = [golden.vectors[0]!, golden.vectors[1]!];
    fill(model, start);
    const files = new Map<string, Uint8Array>();
    await writeCheckpoint(vectors[1]!, files, { format: 'safetensors' });
    const vector = await openCheckpoint([...files.values()][0]!);
    const leak = await leakOf(async () => {
      const { added, untouched, distance } = await addTaskVector(model, vector, { scale: 0.5 });
      expect(await flat(model)).toEqual(start.map((value, i) => value + change[i]! / 2));
      expect([added, untouched]).toEqual([weightsOf(model).map(({ path }) => path), []]);
      const norm = Math.sqrt(change.reduce((sum, value) => sum + value * value, 0)) / 2;
      // 26 squares in float64.
      expect(Math.abs(distance - norm)).toBeLessThan(26 * 2 ** -52 * norm);
      await addTaskVector(model, vector, { scale: -0.5 });
      expect(await flat(model)).toEqual(start);
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    const doubled = parametrize(model.getLayer('head'), 'kernel', {
      forward: (w) => tf.mul(w, 2),
      rightInverse: (w) => tf.mul(w, 0.5),
    });
    await addTaskVector(model, vector);
    expect((await flat(model)).slice(16, 24)).toEqual(
      start.slice(16, 24).map((value, i) => (value + change[16 + i]!) / 2),
    );
    doubled.restore();
    model.dispose();
  });

  it('names every difference in one error, and changes nothing', async () => {
    const wide = net(3);
    const before = await flat(wide);
    await expect(addTaskVector(wide, vectors[0]!)).rejects.toThrow(
      /^addTaskVector: vector must fit the model's weights: the model has head\/kernel as \[4,3\], not \[4,2\]; the model has head\/bias as \[3\], not \[2\], got 2$/,
    );
    await expect(addTaskVector(wide.layers[1]!, vectors[0]!)).rejects.toThrow('the model has no ');
    const huge = await combineTaskVectors([vectors[0]!], { weights: [2 ** 120] });
    const narrow = net();
    await expect(addTaskVector(narrow, huge, { scale: 1e300 })).rejects.toThrow(
      'addTaskVector: weights must be finite',
    );
    expect(await flat(wide)).toEqual(before);
    wide.dispose();
    narrow.dispose();
  });
});

describe('combineTaskVectors', () => {
  it('adds vectors up by weights, rounded once', async () => {
    expect(await entries(await combineTaskVectors(vectors, { weights: [1, -0.5, 2] }))).toEqual(rounded(golden.sum));
    const negative = await combineTaskVectors([vectors[0]!], { weights: [-1] });
    expect(await entries(negative)).toEqual(golden.vectors[0]!.map((value) => -value));
  });

  it('trims, elects signs and takes means as the algorithm of TIES does', async () => {
    for (const { keep, weights, values } of golden.ties)
      expect(await entries(await combineTaskVectors(vectors, { how: 'ties', keep, weights }))).toEqual(rounded(values));
    const same = await combineTaskVectors(vectors, { how: 'ties' });
    expect(await entries(same)).toEqual(rounded(golden.ties[0]!.values));
  });

  it('drops entries by seed, vector and name, and divides the others by what is left', async () => {
    const drop = 0.75;
    const options = { drop, seed: 7, weights: [1, 0, 1] };
    const dropped = await combineTaskVectors(vectors, options);
    const wanted = dropped.tensors.map(({ name, shape }, t) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const begin = golden.sizes.slice(0, t).reduce((a, b) => a + b, 0);
      const sum = new Float64Array(size);
      for (const v of [0, 2]) {
        const key = foldIn(foldIn(randomKey(7), v), pathHash(name));
        const kept = fillBernoulli(new Uint8Array(size), key, { p: 1 - drop });
        for (let k = 0; k < size; k++) sum[k]! += kept[k]! * 4 * golden.vectors[v]![begin + k]!;
      }
      return Array.from(Float32Array.from(sum));
    });
    expect(await entries(dropped)).toEqual(wanted.flat());
    expect(wanted.flat().some((value) => value === 0)).toBe(true);
    expect(wanted.flat().some((value) => value !== 0)).toBe(true);
    expect(await entries(await combineTaskVectors(vectors, options))).toEqual(wanted.flat());
    expect(await entries(await combineTaskVectors(vectors, { ...options, seed: 8 }))).not.toEqual(wanted.flat());
  });

  it('refuses vectors of other weights, and options that do nothing', async () => {
    const [base, wide] = [net(3), net(3)];
    const other = await taskVector(base, wide, { filter: ['head/kernel'] });
    await expect(combineTaskVectors([vectors[0]!, other])).rejects.toThrow(
      'combineTaskVectors: vectors must have the same weights: vectors[1] has no dense_Dense#1/kernel; vectors[1] has no dense_Dense#1/bias; vectors[1] has head/kernel as [4,3], not [4,2]; vectors[1] has no head/bias, got 4',
    );
    await expect(combineTaskVectors(vectors, { keep: 0.5 })).rejects.toThrow(
      'combineTaskVectors: keep must be left out',
    );
    await expect(combineTaskVectors(vectors, { weights: [1] })).rejects.toThrow(
      'weights must be one for each vector, 3',
    );
    base.dispose();
    wide.dispose();
  });
});
