import * as tf from '@tensorflow/tfjs';
import { combineAdapters, dora, lora } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import golden from '../golden/adapters.json' with { type: 'json' };
import { fileOf, type Listed, listed, predicted } from './helpers.ts';

const model = () => tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4], name: 'fc' })] });
const file = (tensors: unknown) => fileOf(tensors as Record<string, Listed>);

describe('combineAdapters', () => {
  it.each(golden.combined)(
    'adds as add_weighted_adapter of peft does, $kind of a layer of kind $layer',
    async (one) => {
      const { files, weights, scales, combined, kind } = one;
      const how = kind === 'linear' ? 'linear' : 'cat';
      const made = await combineAdapters(files.map(file), weights, { how, scales });
      const tensors = await listed(made);
      expect(Object.keys(tensors)).toEqual(Object.keys(combined));
      for (const [name, { shape, values }] of Object.entries(combined as unknown as Record<string, Listed>)) {
        expect(tensors[name]!.shape).toEqual(shape);
        // One rounding of numbers below 16, and roundings of peft's weights, which are float32.
        for (const [i, value] of values.entries())
          expect(Math.abs(value - tensors[name]!.values[i]!)).toBeLessThan(2 ** -19);
      }
      const rank = kind === 'cat' ? '3' : '2';
      expect(made.extras.metadata).toEqual(
        kind === 'ia3' ? { peft_type: 'IA3' } : { peft_type: 'LORA', r: rank, lora_alpha: rank, use_rslora: 'false' },
      );
    },
  );

  it('takes a task away that it has added, and adds what two models learned to what a third computes', async () => {
    const net = model();
    const x = tf.randomNormal([3, 4], 0, 1, 'float32', 1);
    const start = await predicted(net, x);
    const adapters = lora(net, { rank: 1, alpha: 2 });
    const noise = async (seed: number) => {
      const own = await adapters.toCheckpoint();
      const tensors = await listed(own);
      return fileOf(
        Object.fromEntries(
          Object.entries(tensors).map(([name, { shape, values }]) => [
            name,
            { shape, values: values.map((_, i) => Math.sin(seed + i)) },
          ]),
        ),
        own.extras.metadata as Record<string, string>,
      );
    };
    const [one, two] = [await noise(1), await noise(5)];
    const outputs: number[][] = [];
    for (const learned of [one, two]) {
      await adapters.load(learned);
      outputs.push((await predicted(net, x)).map((value, i) => value - start[i]!));
    }
    adapters.remove();
    const both = lora(net, { rank: 2 });
    await both.load(await combineAdapters([one, two], [0.5, -2]));
    const made = await predicted(net, x);
    // 4 products and sums of rank 2 of values below 8, and differences: 12 · 16 · 2^-23, and four times that on WebGPU.
    for (const [i, value] of made.entries())
      expect(Math.abs(value - start[i]! - 0.5 * outputs[0]![i]! + 2 * outputs[1]![i]!)).toBeLessThan(1e-4);
    await both.load(await combineAdapters([one, one], [1, -1]));
    for (const [i, value] of (await predicted(net, x)).entries())
      expect(Math.abs(value - start[i]!)).toBeLessThan(1e-4);
    both.remove();
    net.dispose();
    x.dispose();
  });

  it('refuses files of other kinds, ranks and layers, lists of other lengths, and files without a scale', async () => {
    const net = model();
    const adapters = lora(net, { rank: 1 });
    const small = await adapters.toCheckpoint();
    adapters.remove();
    const wide = lora(net, { rank: 2 });
    const large = await wide.toCheckpoint();
    wide.remove();
    await expect(combineAdapters([small, large], [1, 1], { how: 'linear' })).rejects.toThrow(
      'combineAdapters: checkpoints must be of the same layers and rank: base_model.model.fc.lora_A.weight is [1,4] and [2,4], got "linear"',
    );
    expect((await combineAdapters([small, large], [1, 1])).tensors.map(({ shape }) => shape)).toEqual([
      [3, 4],
      [3, 3],
    ]);
    const lengths = dora(net, { rank: 1 });
    await expect(combineAdapters([await lengths.toCheckpoint()], [1])).rejects.toThrow(
      'combineAdapters: checkpoints must be of lora or ia3, for nothing else can be added, got "base_model.model.fc.lora_magnitude_vector"',
    );
    lengths.remove();
    await expect(combineAdapters([small], [1, 2])).rejects.toThrow('weights must be as many as checkpoints, got 2');
    await expect(combineAdapters([{ ...small, extras: {} }], [1])).rejects.toThrow(
      'checkpoints must say r and lora_alpha in their metadata, or scales must be given, got "checkpoints[0] without"',
    );
    net.dispose();
  });
});
