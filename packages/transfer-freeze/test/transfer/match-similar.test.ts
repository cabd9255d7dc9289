import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { type TransferReport, transferWeights } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import { nameSimilarity } from '../../src/transfer/name-similarity.ts';
import { fileOf, valuesOf } from '../adapters/helpers.ts';

const dense = (name: string, units = 3, inputShape?: number[]) =>
  tf.layers.dense({
    units,
    name,
    kernelInitializer: 'glorotNormal',
    biasInitializer: 'randomNormal',
    ...(inputShape ? { inputShape } : {}),
  });
/** Layers of 3 units each on 3 inputs: shapes say nothing. */
const netOf = (...names: string[]): tf.Sequential =>
  tf.sequential({ layers: names.map((name, i) => dense(name, 3, i === 0 ? [3] : undefined)) });

const kernels = ({ transferred }: TransferReport): string[] =>
  transferred.filter(({ path }) => path.endsWith('/kernel')).map(({ path, from }) => `${from} to ${path}`);

describe('nameSimilarity', () => {
  it("nameSimilarity is Dice's coefficient of pairs of letters, as in night and nacht", () => {
    // One of 4 and 4 pairs, ht.
    expect(nameSimilarity('night', 'nacht')).toBe(0.25);
    // he, el and ll, of 4 and 3 pairs.
    expect(nameSimilarity('hello', 'hell')).toBe(6 / 7);
    expect(nameSimilarity('block1/Conv_2', 'Block1.conv2')).toBe(1);
    // aa occurs three times here and once there.
    expect(nameSimilarity('aaaa', 'aa')).toBe(2 / 4);
    expect([nameSimilarity('a', 'A'), nameSimilarity('a', 'b'), nameSimilarity('', 'ab')]).toEqual([1, 0, 0]);
  });

  it('nameSimilarity is symmetric, from 0 to 1, and 1 of a name with itself', () => {
    const names = ['', 'a', 'conv', 'conv1', 'block/conv_1', 'a.b.c', 'aaaa', 'ünï', '层', '12', '__'];
    for (const a of names)
      for (const b of names) {
        const one = nameSimilarity(a, b);
        expect(one).toBe(nameSimilarity(b, a));
        expect(one).toBeGreaterThanOrEqual(0);
        expect(one).toBeLessThanOrEqual(1);
        expect(nameSimilarity(a, a)).toBe(1);
      }
  });
});

describe('transferWeights by likeness', () => {
  it('transferWeights takes partners by name first, then the most alike of what has the shapes, and says how sure it is', async () => {
    const leak = await leakOf(async () => {
      const from = netOf('stem', 'encoder_dense', 'decoder_dense', 'classifier');
      const to = netOf('stem', 'decoderDense', 'encoderDense', 'classify');
      const dry = await transferWeights(from, to, { match: 'similar', dryRun: true });
      const report = await transferWeights(from, to, { match: 'similar' });
      expect(report).toEqual(dry);
      expect(kernels(report)).toEqual([
        'stem/kernel to stem/kernel',
        'decoder_dense/kernel to decoderDense/kernel',
        'encoder_dense/kernel to encoderDense/kernel',
        'classifier/kernel to classify/kernel',
      ]);
      const [stem, , decoder] = report.transferred;
      expect(stem).not.toHaveProperty('likeness');
      // decoderdense and encoderdense have 11 pairs each, of which 9 in both: co, od, de twice, er, rd, en, ns, se.
      expect(decoder!.likeness).toEqual({ names: 1, next: 18 / 22 });
      // cl, la, as, ss, si, if of 9 and 7.
      expect(report.transferred.at(-1)!.likeness!.names).toBe(12 / 16);
      const [own, there] = [await valuesOf(to), await valuesOf(from)];
      expect([own[0], own[2], own[4], own[6]]).toEqual([there[0], there[4], there[2], there[6]]);
      from.dispose();
      to.dispose();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
  });

  it('transferWeights by likeness gives up a better pair for a better sum', async () => {
    const [from, to] = [netOf('abcdef', 'abcxyz'), netOf('abcdeg', 'abcdxx')];
    const report = await transferWeights(from, to, { match: 'similar' });
    // 4/5 and 2/5; the other way round 3/5 and 2/5: of five pairs each, abcdef shares ab, bc, cd, de and ab, bc, cd; abcxyz ab, bc and ab, bc.
    expect(kernels(report)).toEqual(['abcdef/kernel to abcdeg/kernel', 'abcxyz/kernel to abcdxx/kernel']);
    expect(report.transferred.map(({ likeness }) => likeness)).toEqual([
      { names: 0.8, next: 0.6 },
      { names: 0.8, next: 0.6 },
      { names: 0.4, next: 0.6 },
      { names: 0.4, next: 0.6 },
    ]);
    from.dispose();
    to.dispose();
  });

  it('transferWeights by likeness takes state dicts of PyTorch, where shapes alone do not decide', async () => {
    const tensors = Object.fromEntries(
      ['backbone.first', 'backbone.second', 'extra.head'].flatMap((name, i) => [
        [`${name}.weight`, { shape: [3, 3], values: Array.from({ length: 9 }, (_, k) => 10 * i + k) }],
        [`${name}.bias`, { shape: [3], values: [i, i, i] }],
      ]),
    );
    const to = netOf('second_layer', 'first_layer');
    const report = await transferWeights(fileOf(tensors), to, { match: 'similar' });
    expect(kernels(report)).toEqual([
      'backbone.second.weight to second_layer/kernel',
      'backbone.first.weight to first_layer/kernel',
    ]);
    expect(report.unused).toEqual(['extra.head.weight', 'extra.head.bias']);
    // Rows and columns exchanged.
    expect((await valuesOf(to))[0]).toEqual([10, 13, 16, 11, 14, 17, 12, 15, 18]);
    to.dispose();
  });

  it('transferWeights by likeness goes in order between names that say nothing, and chooses nothing where numbers differ', async () => {
    const [from, to] = [netOf('p', 'q', 'r'), netOf('x', 'y', 'z')];
    const report = await transferWeights(from, to, { match: 'similar' });
    expect(kernels(report)).toEqual(['p/kernel to x/kernel', 'q/kernel to y/kernel', 'r/kernel to z/kernel']);
    expect(report.transferred[0]!.likeness).toEqual({ names: 0, next: 0 });
    const few = netOf('x', 'q');
    const before = await valuesOf(few);
    const { transferred, skipped } = await transferWeights(from, few, { match: 'similar' });
    expect(transferred.map(({ path }) => path)).toEqual(['q/kernel', 'q/bias']);
    expect(skipped[0]!.reason).toBe('ambiguous: more than one in the source is as much alike as p; rename them');
    expect((await valuesOf(few))[0]).toEqual(before[0]);
    for (const model of [from, to, few]) model.dispose();
  });

  it('transferWeights by likeness leaves what fits no shape, and what others are more alike to', async () => {
    const from = netOf('body');
    const to = tf.sequential({ layers: [dense('bodys', 3, [3]), dense('bodice'), dense('wide', 7)] });
    const { transferred, skipped } = await transferWeights(from, to, { match: 'similar' });
    expect(transferred.map(({ path }) => path)).toEqual(['bodys/kernel', 'bodys/bias']);
    expect(skipped.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
      'bodice/kernel: others are more alike to what has these shapes in the source',
      'bodice/bias: others are more alike to what has these shapes in the source',
      'wide/kernel: nothing in the source has these shapes',
      'wide/bias: nothing in the source has these shapes',
    ]);
    expect(weightsOf(to)).toHaveLength(6);
    from.dispose();
    to.dispose();
  });
});
