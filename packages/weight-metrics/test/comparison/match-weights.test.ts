import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { artifactsOf, loadStock } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { compare, type Snapshot, snapshot, type WeightDelta } from '../../src/index.ts';

const dense = (units: number, name?: string, inputShape?: number[]) =>
  tf.layers.dense({ units, ...(name === undefined ? {} : { name }), ...(inputShape ? { inputShape } : {}) });

const net = (...units: number[]) =>
  tf.sequential({ layers: units.map((n, i) => dense(n, undefined, i === 0 ? [4] : undefined)) });

const matched = (deltas: readonly WeightDelta[]) => deltas.filter((delta) => delta.matched).length;

/** The path of each partner, by the path before; the reason where there is none. */
const partners = (deltas: readonly WeightDelta[]) =>
  Object.fromEntries(deltas.map((delta) => [delta.path, delta.matched ? delta.pathAfter : delta.reason]));

describe('compare matches weights', () => {
  it('of an online and a target network, of models and of snapshots', async () => {
    const [online, target] = [net(4, 4, 4, 2), net(4, 4, 4, 2)];
    target.setWeights(online.getWeights());
    const [a, b] = [await snapshot(online), await snapshot(target)];
    for (const deltas of [
      await compare(online, target),
      await compare(a, target),
      await compare(online, b),
      await compare(a, b),
      await compare(new Map(a), target),
    ]) {
      expect(matched(deltas)).toBe(8);
      expect(deltas.every((delta) => delta.matched && delta.l2 === 0)).toBe(true);
      expect(Object.values(partners(deltas))).toEqual(weightsOf(target).map(({ path }) => path));
    }
  });

  it('of nets whose generated names overlap by coincidence, by place', async () => {
    const built = net(4, 4);
    const names = built.layers.map(({ name }) => name);
    // As a model from a file has names of another process: its first layer is called as the second here.
    const [, last] = names;
    const other = tf.sequential({ layers: [dense(4, last, [4]), dense(4, 'dense_Dense9001')] });
    const deltas = await compare(built, other);
    expect(partners(deltas)).toEqual({
      [`${names[0]}/kernel`]: `${last}/kernel`,
      [`${names[0]}/bias`]: `${last}/bias`,
      [`${last}/kernel`]: 'dense_Dense9001/kernel',
      [`${last}/bias`]: 'dense_Dense9001/bias',
    });
  });

  it('of a model and its copy from a file', async () => {
    const model = net(4, 3);
    const copy = await loadStock(await artifactsOf((handler) => model.save(handler)));
    expect(matched(await compare(net(4, 3), copy))).toBe(4);
    expect(await compare(await snapshot(copy), model)).toMatchObject(new Array(4).fill({ matched: true, l2: 0 }));
  });

  it('of a snapshot with a filter, by the places in the whole model', async () => {
    const [online, target] = [net(4, 4, 4), net(4, 4, 4)];
    const last = online.layers[2]!.name;
    const part = await snapshot(online, { filter: `${last}/kernel` });
    const deltas = await compare(part, target);
    expect(partners(deltas)).toMatchObject({ [`${last}/kernel`]: `${target.layers[2]!.name}/kernel` });
    // A copy knows nothing of places: in its own model it is found by name.
    expect(partners(await compare(new Map(part), online))).toMatchObject({ [`${last}/kernel`]: `${last}/kernel` });
  });

  it('of given names by name alone, wherever they stand', async () => {
    const first = tf.sequential({ layers: [dense(4, 'a', [4]), dense(4, 'b')] });
    const second = tf.sequential({ layers: [dense(4, 'b', [4]), dense(4, 'a')] });
    expect(partners(await compare(first, second))).toMatchObject({ 'a/kernel': 'a/kernel', 'b/kernel': 'b/kernel' });
    const third = tf.sequential({ layers: [dense(4, 'c', [4]), dense(4, 'b')] });
    expect(partners(await compare(first, third))).toMatchObject({
      'a/kernel': 'only before',
      'b/kernel': 'b/kernel',
      'c/kernel': 'only after',
    });
  });

  it('of a model with another head, the rest by place', async () => {
    const [base, other] = [net(4, 4, 2), net(4, 4, 3)];
    const reasons = Object.values(partners(await compare(base, other)));
    expect(reasons.slice(0, 4)).toEqual(
      weightsOf(other)
        .slice(0, 4)
        .map(({ path }) => path),
    );
    expect(reasons.slice(4)).toEqual(['[4,2] before, [4,3] after', '[2] before, [3] after']);
  });

  it('but reports a generated name that stands elsewhere in another architecture', async () => {
    const whole = net(4, 4, 4);
    const tail = tf.sequential({ layers: [dense(4, whole.layers[1]!.name, [4])] });
    const deltas = await compare(whole, tail);
    expect(matched(deltas)).toBe(0);
    const [first, second, third] = whole.layers.map(({ name }) => name);
    const found = partners(deltas);
    expect(found[`${first}/kernel`]).toMatch(/^ambiguous: dense_Dense\d+\/kernel is a name that tfjs made up/);
    expect(found[`${second}/kernel`]).toMatch(/^ambiguous/);
    expect(found[`${third}/kernel`]).toBe('only before');
  });

  it('of maps from elsewhere by the places of their generated names', async () => {
    const values = (...names: string[]): Snapshot => new Map(names.map((n) => [`${n}/kernel`, Float32Array.of(1)]));
    const deltas = await compare(values('dense_Dense3', 'dense_Dense7'), values('dense_Dense20', 'dense_Dense31'));
    expect(partners(deltas)).toEqual({
      'dense_Dense3/kernel': 'dense_Dense20/kernel',
      'dense_Dense7/kernel': 'dense_Dense31/kernel',
    });
  });
});
