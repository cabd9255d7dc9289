import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts } from '@weightkit/core';
import { leakOf, loadStock } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyMasks } from '../../src/masks/apply-masks.ts';
import { type MasksJSON, packBits, unpackBits } from '../../src/masks/masks-json.ts';
import { type PruneOptions, prune } from '../../src/masks/prune.ts';
import { batch, mlp, readWeight, setWeight, spread, zerosAt } from '../models.ts';

/** Structures of {@link mlp}. */
const KINDS: Record<string, PruneOptions> = {
  entries: { sparsity: 0.6 },
  'entries, global': { sparsity: 0.6, scope: 'global' },
  units: { count: 1, structure: 'unit' },
  channels: { count: 2, structure: 'channel' },
  slices: { count: 2, structure: { axis: [0] } },
  blocks: { sparsity: 0.4, structure: { block: [2, 2] }, reduce: 'l2' },
  '2 of 4': { structure: { n: 2, m: 4 } },
  'own groups': {
    count: 1,
    structure: { groups: [{ 'a/kernel': Int32Array.from({ length: 20 }, (_, i) => Math.floor(i / 10)) }] },
  },
};

describe('packBits', () => {
  it('packBits puts eight bits in a byte, the first the lowest', () => {
    expect(packBits(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1, 0, 1))).toBe(btoa('\x81\x02'));
  });

  it('unpackBits gives back what packBits took, of any length', () => {
    const bits = fc.array(fc.constantFrom(0, 1), { maxLength: 70 }).map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(bits, (mask) => {
        expect(unpackBits('f', 'w', packBits(mask), mask.length)).toEqual(mask);
      }),
      { numRuns: 60, seed: 3 },
    );
    const large = Uint8Array.from({ length: 1_000_003 }, (_, i) => (i % 7 === 0 ? 1 : 0));
    const back = unpackBits('f', 'w', packBits(large), large.length);
    expect(back.every((bit, i) => bit === large[i])).toBe(true);
  });
});

describe.each(Object.entries(KINDS))('masks of %s', (_, options) => {
  it('toJSON() and applyMasks give the same masks to a model of the same weights', async () => {
    const model = mlp();
    const pruning = await prune(model, options);
    const text = JSON.stringify(pruning);
    const before = pruning.report();
    pruning.restore();
    const again = applyMasks(model, JSON.parse(text) as MasksJSON);
    expect(again.report()).toEqual(before);
    expect(JSON.stringify(again)).toBe(text);
    expect(await again.verify()).toEqual({ pruned: before.zeros, nonzero: 0, first: null });
    again.dispose();
    model.dispose();
  });
});

describe('applyMasks', () => {
  it('applyMasks holds the zeros of a model that was saved with its masks in the metadata', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.5, structure: 'unit' });
    model.setUserDefinedMetadata({ masks: pruning.toJSON() });
    const stock = await loadStock(await foldedArtifacts(model));
    const { masks } = stock.getUserDefinedMetadata() as { masks: MasksJSON };
    expect(masks).toEqual(pruning.toJSON());
    const again = applyMasks(stock, masks);
    expect(again.report().groups).toEqual(pruning.report().groups);
    const { x, y } = batch();
    stock.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await stock.fit(x, y, { epochs: 2, verbose: 0 });
    expect((await again.verify()).nonzero).toBe(0);
    expect(zerosAt(await readWeight(stock, 'a/kernel'))).toEqual(zerosAt(await readWeight(model, 'a/kernel')));
    for (const one of [pruning, again]) one.dispose();
    tf.dispose([x, y]);
    model.dispose();
    stock.dispose();
  });

  it('applyMasks goes on where the masks stood: an update prunes more of the same structure by the score', async () => {
    const model = mlp();
    setWeight(
      model,
      'a/kernel',
      Array.from({ length: 20 }, (_, i) => (i % 5) + 1),
    );
    const first = await prune(model, { count: 1, structure: 'unit', filter: 'a/kernel' });
    const masks = first.toJSON();
    first.restore();
    const pruning = applyMasks(model, masks, { score: (w) => tf.neg(w) });
    await pruning.update({ count: 2 });
    expect(pruning.report().groups[0]!.pruned).toEqual([0, 4]);
    pruning.dispose();
    model.dispose();
  });

  it('applyMasks leaves nothing behind', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.5 });
    const masks = pruning.toJSON();
    pruning.restore();
    expect(await leakOf(() => applyMasks(model, masks).restore())).toEqual({ tensors: 0, variables: 0 });
    model.dispose();
  });

  it('applyMasks refuses masks of another model, of another shape or structure, and what is none', async () => {
    const model = mlp();
    const pruning = await prune(model, { count: 1, structure: 'unit' });
    const masks = pruning.toJSON();
    expect(() => applyMasks(model, masks)).toThrow('applyMasks: weights must not be pruned already, got a/kernel');
    pruning.restore();
    const refused = (other: object, message: string) =>
      expect(() => applyMasks(model, other as MasksJSON)).toThrow(message);
    const [kernel, other] = [masks.masks['a/kernel']!, masks.masks['b/kernel']!];
    const withMasks = (more: object) => ({ ...masks, masks: { ...masks.masks, ...more } });
    const run = () => {
      refused(withMasks({ 'c/kernel': kernel }), 'applyMasks: masks must be of weights of the model, got "c/kernel"');
      refused(withMasks({ 'a/kernel': other }), 'applyMasks: mask of a/kernel must have shape [4,5], got [5, 3]');
      refused(
        withMasks({ 'a/kernel': { shape: [4, 5], bits: '' } }),
        'applyMasks: bits of a/kernel must be base64 of 3 bytes',
      );
      refused(
        withMasks({ 'a/kernel': { shape: [4, 5], bits: '!!!!' } }),
        'applyMasks: bits of a/kernel must be base64',
      );
      refused(
        withMasks({ 'a/kernel': { shape: [4, 5], bits: packBits(new Uint8Array(20).fill(1)) } }),
        'applyMasks: masks must be of whole groups of their structure, got "a/bias[',
      );
      refused(
        withMasks({
          'a/kernel': { shape: [4, 5], bits: packBits(Uint8Array.from(spread(20), (v) => (v > 0 ? 1 : 0))) },
        }),
        'applyMasks: masks must be of whole groups',
      );
      refused(
        { ...masks, masks: { 'a/kernel': kernel } },
        'applyMasks: masks must have one for each weight of their structure, got none for a/bias',
      );
      refused(
        {
          ...masks,
          structure: { n: 2, m: 4 },
          reduce: undefined,
          multipleOf: undefined,
          masks: { 'a/kernel': { shape: [4, 5], bits: packBits(new Uint8Array(20).fill(1)) } },
        },
        'applyMasks: masks must keep at most n of m neighbors, got "a/kernel[',
      );
      refused({ ...masks, structure: 'rows' }, "applyMasks: structure must be 'entry'");
      refused({ ...masks, masks: {} }, 'applyMasks: masks must hold a mask');
      refused({ masks: [] }, 'applyMasks: masks must hold masks by path');
      refused({ ...masks, version: 1 }, 'applyMasks: masks must be among structure, scope, reduce, multipleOf, masks');
      expect(() => applyMasks(model, masks, { scope: 'layer' } as object)).toThrow(
        'applyMasks: options must be among score',
      );
    };
    expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
    model.dispose();
  });
});
