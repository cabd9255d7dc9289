import * as tf from '@tensorflow/tfjs';
import { openCheckpoint, toArtifacts } from '@weightkit/checkpoint';
import { foldedArtifacts, weightsOf } from '@weightkit/core';
import { describe, expect, it } from 'vitest';
import { type ShrinkCheckpointOptions, type ShrunkCheckpoint, shrinkCheckpoint } from '../../src/checkpoint.ts';
import { planShrink, prune, random, shrink } from '../../src/index.ts';
import { dice, generatedModel, outputsOf } from './generated.ts';
import { conv, dense, kill, modelOf, on } from './models.ts';

/** A model as its file, opened. */
async function fileOf(model: tf.LayersModel) {
  const { modelTopology, weightSpecs, weightData } = await foldedArtifacts(model);
  return openCheckpoint({
    modelTopology: JSON.parse(JSON.stringify(modelTopology)),
    weightSpecs,
    weightData,
  } as never);
}

const loaded = async ({ checkpoint }: ShrunkCheckpoint): Promise<tf.LayersModel> =>
  tf.loadLayersModel(tf.io.fromMemory((await toArtifacts(checkpoint)) as never));

/** The weights by path, downloaded. */
async function valuesOf(model: tf.LayersModel): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  for (const { path, variable } of weightsOf(model)) found[path] = Array.from(await variable!.data());
  return found;
}

const sorted = <T extends { path: string }>(list: readonly T[]): T[] =>
  [...list].sort((a, b) => (a.path < b.path ? -1 : 1));

const share = tf.getBackend() === 'webgpu' ? 0.2 : 1;

describe('shrinkCheckpoint(checkpoint)', () => {
  for (const [mode, graphs] of [
    ['exact', 40],
    ['absorb', 12],
    ['approximate', 12],
  ] as const)
    it(`plans as planShrink does and gives the weights that shrink gives, in mode ${mode}, of generated graphs`, async () => {
      let same = 0;
      for (let seed = 0; seed < graphs * share; seed++) {
        const model = generatedModel(seed);
        const structure = mode === 'absorb' || dice(seed + 7919).is(0.3) ? { axis: -1 } : 'unit';
        const pruning = await prune(model, { structure, sparsity: 0.4, score: random({ seed }) });
        const source = await fileOf(model);
        const [plan, made] = await Promise.all([
          planShrink(model, { mode }).catch((error: Error) => error.message.replace('planShrink: ', '')),
          shrinkCheckpoint(source, { mode }).catch((error: Error) => error.message.replace('shrinkCheckpoint: ', '')),
        ]);
        if (typeof plan === 'string') expect(made, `seed ${seed}`).toBe(plan);
        else if (plan.before.units === plan.after.units)
          expect(made, `seed ${seed}`).toContain('model must have a unit that can go, got none');
        else {
          const found = made as ShrunkCheckpoint;
          expect(typeof made === 'string' ? made : '', `seed ${seed}`).toBe('');
          const plain = ({ weights, ...rest }: typeof plan) =>
            JSON.parse(JSON.stringify({ ...rest, weights: sorted(weights) }));
          expect(plain(found.plan), `seed ${seed}`).toEqual(plain(plan));
          expect(String(found.plan)).toBe(String(plan));
          const shrunk = await shrink(model, { mode }).catch((error: Error) => error);
          if (!(shrunk instanceof Error)) {
            const again = await loaded(found);
            expect(await valuesOf(again), `seed ${seed}`).toEqual(await valuesOf(shrunk.model));
            const x = again.inputs.map(({ shape }) =>
              tf.randomNormal(
                shape.map((size) => size ?? 3),
                0,
                1,
                'float32',
                seed,
              ),
            );
            expect(await outputsOf(again, x), `seed ${seed}`).toEqual(await outputsOf(shrunk.model, x));
            tf.dispose(x);
            again.dispose();
            shrunk.model.dispose();
            same++;
          } else expect(shrunk.message, `seed ${seed}`).toMatch(/calls of a shared layer|probes must be given/);
        }
        pruning.dispose();
        model.dispose();
      }
      expect(same).toBeGreaterThanOrEqual(Math.floor((graphs / 4) * share));
    }, 120_000);

  const image = (): tf.LayersModel =>
    modelOf([6, 6, 2], (x) => {
      let y = on(conv('a', 8, { activation: 'relu' }), x);
      y = on(tf.layers.batchNormalization({ name: 'n' }), y);
      y = on(conv('b', 6, { activation: 'relu' }), y);
      return on(dense('out', 3), on(tf.layers.globalAveragePooling2d({ name: 'g' }), y));
    });

  const choices: [string, ShrinkCheckpointOptions, number[]][] = [
    ['a share', { sparsity: 0.5 }, [4, 3]],
    ['shares by pattern', { sparsity: { a: 0.25, 'b*': 0.5 } }, [6, 3]],
    ['units to keep', { keep: { a: [0, 7] } }, [2, 6]],
  ];
  for (const [title, options, kept] of choices)
    it(`takes ${title}, and gives what shrink gives for the same units`, async () => {
      const model = image();
      const found = await shrinkCheckpoint(await fileOf(model), options);
      expect(found.guarantee.outputs).toBe('none');
      expect(found.plan.layers.slice(0, 2).map(({ units, removed }) => units - removed.length)).toEqual(kept);
      expect(found.plan.layers[2]).toMatchObject({ path: 'out', removed: [] });
      const keep = Object.fromEntries(
        found.plan.layers.map(({ path, units, removed }) => [
          path,
          Array.from({ length: units }, (_, i) => i).filter((i) => !removed.includes(i)),
        ]),
      );
      const { model: small } = await shrink(model, { mode: 'approximate', keep });
      const again = await loaded(found);
      expect(await valuesOf(again)).toEqual(await valuesOf(small));
      for (const one of [model, small, again]) one.dispose();
    });

  it('takes the units of the smallest mean magnitude, the last of equal ones first', async () => {
    const model = modelOf([2], (x) => on(dense('out', 1), on(dense('a', 4), x)));
    model.setWeights([
      tf.tensor2d([
        [3, 1, 1, 9],
        [0, 2, -2, 9],
      ]),
      tf.tensor1d([0, 0, 0, 0]),
      tf.ones([4, 1]),
      tf.zeros([1]),
    ]);
    const { plan } = await shrinkCheckpoint(await fileOf(model), { sparsity: 0.5 });
    expect(plan.layers[0]!.removed).toEqual([1, 2]);
    const one = await shrinkCheckpoint(await fileOf(model), { sparsity: { a: 0.25 } });
    expect(one.plan.layers[0]!.removed).toEqual([2]);
    model.dispose();
  });

  it('cuts codes of files in 8 bits as they are, and moves constants into a bias as float32', async () => {
    const model = modelOf([3], (x) => on(dense('out', 2), on(dense('a', 4, { activation: 'relu' }), x)));
    await kill(model, 'a', [1], { kernel: [-1] });
    const source = await fileOf(model);
    const codes = [new Uint8Array([0, 9, 20, 30, 1, 9, 200, 31, 2, 9, 220, 32]), new Uint8Array([9, 40, 9, 9])];
    const quantization = { dtype: 'uint8', scale: 0.5, min: -4.5 };
    const rest = await Promise.all(source.tensors.slice(2).map((tensor) => tensor.bytes()));
    const weightData = Uint8Array.from([...codes, ...rest].flatMap((bytes) => [...bytes])).buffer;
    const weightSpecs = source.tensors.map(({ name, shape }, i) => ({
      name,
      shape: [...shape],
      dtype: 'float32' as const,
      ...(i < 2 ? { quantization } : {}),
    }));
    const modelTopology = JSON.parse(source.extras.modelJson!.find(([key]) => key === 'modelTopology')![1]);
    const again = await openCheckpoint({ modelTopology, weightSpecs, weightData } as never);
    const { checkpoint, guarantee, plan } = await shrinkCheckpoint(again, { mode: 'absorb' });
    expect(plan.layers[0]!.removed).toEqual([1]);
    expect(guarantee).toMatchObject({ outputs: 'identity', units: 1, absorbed: { biases: 1 } });
    expect([...(await checkpoint.tensors[0]!.bytes())]).toEqual([0, 20, 30, 1, 200, 31, 2, 220, 32]);
    expect(checkpoint.tensors[0]!.encoding).toMatchObject({ kind: 'affine', scale: 0.5, min: -4.5 });
    const [kernel, bias] = await Promise.all([source.tensors[2]!.values(), source.tensors[3]!.values()]);
    // The bias of the unit that goes: code 40 of 0.5 a step from -4.5.
    const constant = 15.5;
    const wanted = [0, 1].map((o) => Math.fround(Number(bias[o]) + constant * Number(kernel[2 + o])));
    expect([...(await checkpoint.tensors[3]!.values())]).toEqual(wanted);
    model.dispose();
  });

  it('keeps what flows through and behind a class of layers that it does not know, by name', async () => {
    const model = image();
    const source = await fileOf(model);
    const text = source.extras.modelJson!.find(([key]) => key === 'modelTopology')![1];
    const other = text.replace('"class_name":"BatchNormalization"', '"class_name":"Mystery"');
    expect(other).not.toBe(text);
    const own = {
      ...source,
      extras: { ...source.extras, modelJson: [['modelTopology', other]] as [string, string][] },
    };
    await expect(shrinkCheckpoint(own, { keep: { a: [1] } })).rejects.toThrow(
      'keep must list what has to stay, got a without 0: n is a Mystery, of which no rule is known',
    );
    await expect(shrinkCheckpoint(own, { keep: { b: [1] } })).rejects.toThrow(
      'keep must name layers that make units (a), got "b"',
    );
    model.dispose();
  });

  it('refuses files that say nothing of layers, or are of a GraphModel, with what to do', async () => {
    const weights = {
      weightSpecs: [{ name: 'w', shape: [2], dtype: 'float32' as const }],
      weightData: new ArrayBuffer(8),
    };
    await expect(shrinkCheckpoint(await openCheckpoint(weights))).rejects.toThrow(
      'model.json must have a modelTopology (open the model.json that TensorFlow.js saves of a LayersModel)',
    );
    const graph = await openCheckpoint({ ...weights, modelTopology: { node: [], library: {} } } as never);
    await expect(shrinkCheckpoint(graph)).rejects.toThrow(
      'model.json must hold a LayersModel (convert the Keras model',
    );
    await expect(shrinkCheckpoint({ ...graph, format: 'safetensors' })).rejects.toThrow(
      'checkpoint must be of a model.json, which says what joins layers',
    );
  });

  it('refuses names that TensorFlow.js would not find, NaN, and shares that fit nothing', async () => {
    const model = image();
    const source = await fileOf(model);
    const [first, ...rest] = source.tensors;
    const renamed = { ...source, tensors: [{ ...first!, name: 'x/kernel' }, ...rest] };
    await expect(shrinkCheckpoint(renamed)).rejects.toThrow(
      'weights must have the names by which TensorFlow.js loads them, as a/kernel',
    );
    const broken = { ...first!, values: async () => new Float32Array(144).fill(Number.NaN) };
    await expect(shrinkCheckpoint({ ...source, tensors: [broken, ...rest] })).rejects.toThrow(
      'values must be finite at a/kernel[0], got NaN',
    );
    await expect(shrinkCheckpoint(source, { sparsity: { 'dense*': 0.5 } })).rejects.toThrow(
      'a pattern must fit a layer that makes units (a, b, out), got "dense*"',
    );
    await expect(shrinkCheckpoint(source, { sparsity: 1 })).rejects.toThrow('sparsity must be 0 or more and below 1');
    await expect(shrinkCheckpoint(source, { sparsity: 0.5, mode: 'exact' })).rejects.toThrow(
      "mode must be 'approximate' for sparsity",
    );
    model.dispose();
  });
});
