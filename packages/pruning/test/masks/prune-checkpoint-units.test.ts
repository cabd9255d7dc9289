import * as tf from '@tensorflow/tfjs';
import { openCheckpoint, toArtifacts } from '@weightkit/checkpoint';
import { foldedArtifacts, weightsOf } from '@weightkit/core';
import { describe, expect, it } from 'vitest';
import { pruneCheckpoint, shrinkCheckpoint } from '../../src/checkpoint.ts';
import { prune } from '../../src/index.ts';
import { dice, generatedModel, outputsOf } from '../shrink/generated.ts';
import { conv, dense, modelOf, on } from '../shrink/models.ts';

/** A model as its file, opened. */
async function fileOf(model: tf.LayersModel) {
  const { modelTopology, weightSpecs, weightData } = await foldedArtifacts(model);
  return openCheckpoint({
    modelTopology: JSON.parse(JSON.stringify(modelTopology)),
    weightSpecs,
    weightData,
  } as never);
}

type File = Awaited<ReturnType<typeof fileOf>>;

const valuesIn = async ({ tensors }: File): Promise<Record<string, number[]>> =>
  Object.fromEntries(
    await Promise.all(
      tensors.map(async (tensor) => [tensor.name, Array.from((await tensor.values()) as Float32Array)] as const),
    ),
  );
const loaded = async (file: File): Promise<tf.LayersModel> =>
  tf.loadLayersModel(tf.io.fromMemory((await toArtifacts(file)) as never));

const share = tf.getBackend() === 'webgpu' ? 0.2 : 1;

/** The names of kernels, as `isKernel` finds them. */
const kernels = ({ name, shape }: { name: string; shape: readonly number[] }) =>
  shape.length >= 2 && !name.endsWith('alpha');

describe('pruneCheckpoint, units and channels of a LayersModel', () => {
  for (const structure of ['unit', 'channel'] as const)
    it(`writes what prune makes of the model, to the bit, of generated graphs: structure ${structure}`, async () => {
      let same = 0;
      for (let seed = 0; seed < 24 * share; seed++) {
        const model = generatedModel(seed);
        const draw = dice(seed + 31);
        const isGlobal = draw.is(0.3);
        const amount = { sparsity: draw.of([0.25, 0.5, 0.8]), multipleOf: draw.of([1, 1, 2]) };
        const source = await fileOf(model);
        const pruning = await prune(model, { structure, ...amount, scope: isGlobal ? 'global' : 'layer' }).catch(
          (error: Error) => error.message,
        );
        const found = await pruneCheckpoint(source, {
          structure,
          ...amount,
          scope: isGlobal ? 'global' : 'tensor',
          filter: kernels,
        }).catch((error: Error) => error.message);
        if (typeof pruning === 'string') {
          // Layers that are shared stay a model's; of a file each is read once.
          expect(pruning, `seed ${seed}`).toMatch(/filter must match|structure must be/);
          model.dispose();
          continue;
        }
        if (typeof found === 'string') throw new Error(`seed ${seed}: ${found}`);
        const wanted = await fileOf(model);
        expect(await valuesIn(found.checkpoint), `seed ${seed}`).toEqual(await valuesIn(wanted));
        const { groups } = pruning.report();
        expect(found.report.groups).toEqual(
          groups.map((one) => ({ layer: one.name, groups: one.groups, pruned: one.pruned })),
        );
        expect(found.report.zeros[1]).toBe(found.report.pruned.reduce((sum, { zeros }) => sum + zeros[1], 0));
        pruning.dispose();
        model.dispose();
        same++;
      }
      expect(same).toBeGreaterThanOrEqual(Math.floor(12 * share));
    }, 120_000);

  const image = (): tf.LayersModel =>
    modelOf([6, 6, 2], (x) => {
      let y = on(conv('a', 8, { activation: 'relu' }), x);
      y = on(tf.layers.batchNormalization({ name: 'n', axis: [3] as never }), y);
      y = on(conv('b', 6, { activation: 'relu' }), y);
      return on(dense('out', 3), on(tf.layers.globalAveragePooling2d({ name: 'g' }), y));
    });

  it('takes shares by pattern and multiples, and shrinkCheckpoint then gives what the masked model gives', async () => {
    const model = image();
    const source = await fileOf(model);
    const { checkpoint, report } = await pruneCheckpoint(source, {
      structure: 'unit',
      sparsity: { 'a/*': 0.3, 'b/kernel': 0.5 },
      multipleOf: 4,
    });
    // 5.6 filters of a would stay, 3 of b: 8 of 8 and 4 of 6 do.
    expect(report.groups.map(({ layer, groups, pruned }) => [layer, groups, pruned.length])).toEqual([
      ['a', 8, 0],
      ['b', 6, 2],
    ]);
    const again = await pruneCheckpoint(source, {
      structure: 'unit',
      sparsity: { 'a/*': 0.5, b: 0, 'b/*': 0.5 },
    }).catch((error: Error) => error.message);
    expect(again).toContain('a pattern of sparsity must match a tensor');
    const half = await pruneCheckpoint(source, { structure: 'unit', sparsity: { 'a/*': 0.5, 'b/*': 0.5 } });
    expect(half.report.pruned.map(({ name }) => name)).toEqual([
      'a/kernel',
      'a/bias',
      'n/gamma',
      'n/beta',
      'b/kernel',
      'b/bias',
    ]);
    expect(half.report.skipped.find(({ name }) => name === 'out/kernel')!.reason).toBe(
      'no pattern of the sparsities matches it',
    );
    const small = await shrinkCheckpoint(half.checkpoint);
    expect(small.guarantee.outputs).toBe('identity');
    expect(small.plan.layers.map(({ units, removed }) => units - removed.length)).toEqual([4, 3, 3]);
    for (const file of [checkpoint, half.checkpoint, small.checkpoint]) {
      const one = await loaded(file);
      expect(weightsOf(one).length).toBe(source.tensors.length);
      one.dispose();
    }
    const [masked, shrunk] = [await loaded(half.checkpoint), await loaded(small.checkpoint)];
    const x = tf.randomNormal([4, 6, 6, 2], 0, 1, 'float32', 1);
    const [before, after] = [(await outputsOf(masked, x)).flat(), (await outputsOf(shrunk, x)).flat()];
    const largest = Math.max(...before.map(Math.abs));
    // Sums of float32 with fewer terms, all of which were 0.
    expect(Math.max(...before.map((value, i) => Math.abs(value - after[i]!))) / largest).toBeLessThanOrEqual(1e-6);
    x.dispose();
    for (const one of [model, masked, shrunk]) one.dispose();
  });

  it('counts units of all layers together, one of each stays, and says which went', async () => {
    const model = modelOf([2], (x) => on(dense('out', 1), on(dense('a', 4), x)));
    model.setWeights([
      tf.tensor2d([
        [3, 1, 1, 9],
        [0, 2, -2, 9],
      ]),
      tf.tensor1d([5, 5, 5, 5]),
      tf.ones([4, 1]),
      tf.zeros([1]),
    ]);
    const source = await fileOf(model);
    const { checkpoint, report } = await pruneCheckpoint(source, { structure: 'unit', count: 2, filter: 'a/kernel' });
    expect(report.groups).toEqual([{ layer: 'a', groups: 4, pruned: [1, 2] }]);
    expect((await valuesIn(checkpoint))['a/bias']).toEqual([5, 0, 0, 5]);
    expect(report.pruned.map(({ threshold }) => threshold)).toEqual([1.5, 1.5]);
    await expect(pruneCheckpoint(source, { structure: 'unit', count: 4, scope: 'global' })).rejects.toThrow(
      'count must be at most 3, all units but one of each of 2, got 4',
    );
    await expect(pruneCheckpoint(source, { structure: 'unit', count: 4, filter: 'a/kernel' })).rejects.toThrow(
      'count must be at most 3, all units of a but one, got 4',
    );
    await expect(pruneCheckpoint(source, { structure: 'unit', count: 1, filter: 'a/bias' })).rejects.toThrow(
      'filter must match a kernel that has units, got ["a/bias: it has no two axes; name the kernel',
    );
    model.dispose();
  });

  it('refuses NaN and codes without an exact 0, and changes nothing', async () => {
    const model = modelOf([2], (x) => on(dense('out', 1), on(dense('a', 4), x)));
    const source = await fileOf(model);
    const [first, ...rest] = source.tensors;
    const broken = { ...first!, values: async () => new Float32Array(8).fill(Number.NaN) };
    await expect(
      pruneCheckpoint({ ...source, tensors: [broken, ...rest] }, { structure: 'unit', sparsity: 0.5 }),
    ).rejects.toThrow('values must be finite at a/kernel[0], got NaN');
    const modelTopology = JSON.parse(source.extras.modelJson!.find(([key]) => key === 'modelTopology')![1]);
    const quantization = { dtype: 'uint8', scale: 0.5, min: 1 };
    const weightSpecs = source.tensors.map(({ name, shape }) => ({
      name,
      shape: [...shape],
      dtype: 'float32',
      ...(name === 'a/bias' ? { quantization } : {}),
    }));
    const bytes = await Promise.all(source.tensors.map((tensor) => tensor.bytes()));
    const all = bytes.flatMap((one, i) => [...(weightSpecs[i]!.name === 'a/bias' ? one.subarray(0, 4) : one)]);
    const coded = await openCheckpoint({
      modelTopology,
      weightSpecs,
      weightData: Uint8Array.from(all).buffer,
    } as never);
    await expect(pruneCheckpoint(coded, { structure: 'unit', sparsity: 0.5 })).rejects.toThrow(
      'tensors must be stored so that 0 is exact, for they go with their units (prune before quantizing), got a/bias as uint8 without a code for 0',
    );
    model.dispose();
  });
});
