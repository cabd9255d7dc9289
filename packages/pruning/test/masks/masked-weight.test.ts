import * as tf from '@tensorflow/tfjs';
import { parametrizationsOf, parametrize, type Weight, weightsOf } from '@weightkit/core';
import { valuesOf } from '@weightkit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkInPlace, isMasked, type MaskedWeight, maskAll, unmaskAll } from '../../src/masks/masked-weight.ts';
import { mlp, readWeight, setWeight, zerosAt } from '../models.ts';

const evens = (n: number) => Uint8Array.from({ length: n }, (_, i) => i % 2);

describe('a masked weight', () => {
  let model: tf.Sequential;
  let weight: Weight;
  let entry: MaskedWeight;

  beforeEach(() => {
    model = mlp();
    weight = weightsOf(model, 'a/kernel')[0]!;
    entry = maskAll('prune', [weight], [evens(20)])[0]!;
  });

  afterEach(() => {
    unmaskAll([entry]);
    model.dispose();
  });

  it('maskAll makes a selection: NaN and infinity under a 0 of the mask are +0', async () => {
    const values = new Float32Array(20).fill(-3);
    values[0] = Number.NaN;
    values[2] = Number.NEGATIVE_INFINITY;
    setWeight(model, 'a/kernel', values);
    const seen = await readWeight(model, 'a/kernel');
    expect(zerosAt(seen)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    expect(seen.filter((v) => v === -3)).toHaveLength(10);
  });

  it('a masked weight can be written: the raw weight takes the value, the mask stays', async () => {
    setWeight(model, 'a/kernel', new Float32Array(20).fill(5));
    expect(Array.from(await weight.variable!.data())).toEqual(new Array(20).fill(5));
    expect(await readWeight(model, 'a/kernel')).toEqual(Float32Array.from(evens(20), (bit) => 5 * bit));
  });

  it('zeros counts the zeros of the mask', () => {
    expect(entry.zeros).toBe(10);
    entry.set(Uint8Array.from({ length: 20 }, (_, i) => (i < 3 ? 0 : 1)));
    expect(entry.zeros).toBe(3);
  });

  it('set(bits) changes the mask in place: the same tensor, in force at the next call', async () => {
    const { mask } = entry;
    entry.set(new Uint8Array(20).fill(1));
    expect(entry.mask).toBe(mask);
    expect(entry.zeros).toBe(0);
    expect(Array.from(await mask.data())).toEqual(new Array(20).fill(1));
    expect(zerosAt(await readWeight(model, 'a/kernel'))).toEqual([]);
  });

  it('input() is what goes into the mask, with a transform below and one above', async () => {
    unmaskAll([entry]);
    const below = parametrize(weight, { forward: (w) => tf.mul(w, 2), rightInverse: (w) => tf.div(w, 2) });
    entry = maskAll('prune', [weight], [evens(20)])[0]!;
    const above = parametrize(weight, { forward: (w) => tf.mul(w, 10) });
    setRaw(weight, 3);
    expect(await valuesOf(entry.input())).toEqual(new Float32Array(20).fill(6));
    expect(await readWeight(model, 'a/kernel')).toEqual(Float32Array.from(evens(20), (bit) => 60 * bit));
    above.restore();
    below.restore();
  });

  it('isMasked(weight) holds from maskAll to unmaskAll', () => {
    expect(isMasked(weight)).toBe(true);
    expect(parametrizationsOf(model).map(({ kind }) => kind)).toEqual(['mask']);
    unmaskAll([entry]);
    expect(isMasked(weight)).toBe(false);
    expect(entry.mask.isDisposed).toBe(true);
  });

  it('checkInPlace names the weight whose mask somebody else took away', () => {
    expect(checkInPlace('fold', [entry])).toBeUndefined();
    parametrizationsOf(model)[0]!.restore();
    expect(() => checkInPlace('fold', [entry])).toThrow(
      new Error('fold: pruning must be in place, got a/kernel without its mask'),
    );
  });
});

function setRaw(weight: Weight, value: number): void {
  const t = tf.fill([...weight.shape], value);
  weight.variable!.assign(t);
  t.dispose();
}
