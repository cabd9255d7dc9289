import * as tf from '@tensorflow/tfjs';
import { checkIdle, exclusively, weightsOf } from '@weightkit/core';
import { expect, it } from 'vitest';

const modelOf = () =>
  tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [1], name: 'a' }), tf.layers.dense({ units: 1, name: 'b' })],
  });

/** Work that notes when it begins and ends, and ends when it is told to. */
function workOf(log: string[], name: string) {
  let end!: () => void;
  const told = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = async () => {
    log.push(`${name} begins`);
    await told;
    log.push(`${name} ends`);
    return name;
  };
  return { work, end: () => end() };
}

it('exclusively runs work on the same weights one after another, and at once where nobody is at work', async () => {
  const model = modelOf();
  const [all, a, b] = [weightsOf(model), weightsOf(model.layers[0]!), weightsOf(model.layers[1]!)];
  const log: string[] = [];
  const [one, two, three] = ['one', 'two', 'three'].map((name) => workOf(log, name)) as [
    ReturnType<typeof workOf>,
    ReturnType<typeof workOf>,
    ReturnType<typeof workOf>,
  ];
  const results = [exclusively('f', a, one.work), exclusively('g', b, two.work), exclusively('h', all, three.work)];
  expect(log).toEqual(['one begins', 'two begins']);
  three.end();
  two.end();
  await results[1];
  expect(log).toEqual(['one begins', 'two begins', 'two ends']);
  expect(() => checkIdle('initialize', a)).toThrow(
    new Error('initialize: model must not be at work elsewhere, got a/kernel in h; await that first'),
  );
  one.end();
  expect(await Promise.all(results)).toEqual(['one', 'two', 'three']);
  expect(log.slice(3)).toEqual(['one ends', 'three begins', 'three ends']);
  await Promise.resolve();
  await Promise.resolve();
  expect(() => checkIdle('initialize', all)).not.toThrow();
});

it('exclusively goes on after work that failed, and hands its error to its own caller alone', async () => {
  const weights = weightsOf(modelOf());
  const fails = exclusively('f', weights, async () => {
    throw new RangeError('no');
  });
  const goes = exclusively('g', weights, async () => 3);
  await expect(fails).rejects.toThrow(new RangeError('no'));
  expect(await goes).toBe(3);
});
