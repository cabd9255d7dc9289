import * as tf from '@tensorflow/tfjs';
import { leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NamedGradient, type Tap, tapOptimizer, weightsOf } from '../../src/index.ts';
import { fill, numbers } from '../models.ts';

const compiled = (optimizer: tf.Optimizer = tf.train.sgd(0.5)) => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 2, inputShape: [3], name: 'a' }),
      tf.layers.dense({ units: 1, useBias: false, name: 'b' }),
    ],
  });
  fill(model);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  return { model, x: numbers([4, 3], 1), y: tf.ones([4, 1]) };
};
const values = (model: tf.LayersModel) => Promise.all(weightsOf(model).map((w) => valuesOf(w.read())));
const ones = (gradients: readonly NamedGradient[]) =>
  gradients.map(({ name, tensor }) => ({ name, tensor: tf.onesLike(tensor) }));

describe('tapOptimizer', () => {
  it('tapOptimizer(optimizer, tap) sees every step of fit, fitDataset, trainOnBatch and minimize, before and after', async () => {
    const { model, x, y } = compiled();
    const names = weightsOf(model).map(({ variable }) => variable!.name);
    const seen: string[] = [];
    const untap = tapOptimizer(model.optimizer, {
      before: (gradients) => {
        expect(gradients.map(({ name }) => name).sort()).toEqual(names.sort());
        seen.push('before');
      },
      after: (gradients) => {
        for (const { tensor } of gradients) expect(tensor.isDisposed).toBe(false);
        seen.push('after');
      },
    });
    const steps = async (run: () => unknown) => {
      seen.length = 0;
      await run();
      return seen.join(' ');
    };
    const one = 'before after';
    expect(await steps(() => model.fit(x, y, { epochs: 2, batchSize: 2, verbose: 0, yieldEvery: 'never' }))).toBe(
      [one, one, one, one].join(' '),
    );
    const data = tf.data.array([0]).map(() => ({ xs: tf.clone(x), ys: tf.clone(y) }));
    expect(await steps(() => model.fitDataset(data, { epochs: 1, verbose: 0 }))).toBe(one);
    expect(await steps(() => model.trainOnBatch(x, y))).toBe(one);
    const loss = () => tf.mean(tf.square(model.apply(x) as tf.Tensor)) as tf.Scalar;
    const list = weightsOf(model).map(({ variable }) => variable!);
    expect(await steps(() => model.optimizer.minimize(loss, false, list))).toBe(one);
    expect(await steps(() => model.optimizer.minimize(loss))).toBe(one);
    untap();
    untap();
    expect(await steps(() => model.trainOnBatch(x, y))).toBe('');
    expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('tapOptimizer(sgd, {before}) steps by the gradients that it returns: w - rate * g, exactly', async () => {
    const { model, x, y } = compiled();
    const before = await values(model);
    const untap = tapOptimizer(model.optimizer, { before: ones });
    await model.trainOnBatch(x, y);
    untap();
    for (const [i, now] of (await values(model)).entries())
      expect(now).toEqual(before[i]!.map((w) => Math.fround(w - 0.5)));
    tf.dispose([x, y]);
    model.dispose();
  });

  it('tapOptimizer(optimizer, tap) hands the gradient on unchanged when before returns nothing', async () => {
    const [plain, watched] = [compiled(tf.train.adam(0.1)), compiled(tf.train.adam(0.1))];
    tapOptimizer(watched.model.optimizer, { before: () => {}, after: () => {} });
    for (const { model, x, y } of [plain, watched]) for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
    expect(await values(watched.model)).toEqual(await values(plain.model));
  });

  it('tapOptimizer(adam, {before}) that leaves a variable out does not step it nor mix up the moments of the others', async () => {
    const [frozen, all] = [compiled(tf.train.adam(0.1)), compiled(tf.train.adam(0.1))];
    const first = weightsOf(frozen.model, 'a/kernel')[0]!.variable!.name;
    // The same gradients for both, and constant, so that steps of one variable do not depend on another.
    tapOptimizer(frozen.model.optimizer, { before: (g) => ones(g).filter(({ name }) => name !== first) });
    tapOptimizer(all.model.optimizer, { before: ones });
    const start = await values(frozen.model);
    for (const { model, x, y } of [frozen, all]) for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
    const [kernel, ...rest] = await values(frozen.model);
    expect(kernel).toEqual(start[0]);
    expect(rest).toEqual((await values(all.model)).slice(1));
  });

  it('tapOptimizer(optimizer, tap) keeps state by name, whatever a step names and in whatever order', async () => {
    for (const make of [() => tf.train.adam(0.1), () => tf.train.momentum(0.1, 0.9), () => tf.train.rmsprop(0.1)]) {
      const run = async (steps: number[][]): Promise<number[][]> => {
        const all = [[1, 2], [3], [4, 5, 6]].map((values) => tf.variable(tf.tensor1d(values)));
        const optimizer = make();
        optimizer.minimize(() => tf.sum(tf.square(all[0]!)), false, [all[0]!]);
        const untap = tapOptimizer(optimizer, { after: () => {} });
        for (const step of steps) {
          const list = step.map((i) => all[i]!);
          const loss = () => tf.addN(list.map((one) => tf.sum(tf.square(one)))) as tf.Scalar;
          optimizer.minimize(loss, false, list);
        }
        untap();
        const result = await Promise.all(all.map(async (one) => [...(await one.data())]));
        tf.dispose(all);
        optimizer.dispose();
        return result;
      };
      const whole = [0, 1, 2];
      expect(await run([whole, [2, 0, 1], [1, 2, 0]])).toEqual(await run([whole, whole, whole]));
      const [, second, third] = await run([[1], [2, 1], [1, 2]]);
      const [, ...rest] = await run([[1], [1, 2], [1, 2]]);
      expect([second, third]).toEqual(rest);
    }
  });

  it.each(['no variable here', 'another variable'])(
    'tapOptimizer(optimizer, tap) goes by place where a loaded state has names of %s',
    async (whose) => {
      const other = tf.variable(tf.tensor1d([5, 6]));
      const owner = whose === 'another variable' ? other.name : 'gone';
      const run = async (loaded: boolean): Promise<number[]> => {
        const w = tf.variable(tf.tensor1d([1, 2]));
        let optimizer = tf.train.momentum(0.1, 0.9);
        const step = () => optimizer.minimize(() => tf.sum(tf.square(w)), false, [w]);
        step();
        if (loaded) {
          const state = await optimizer.getWeights();
          optimizer = tf.train.momentum(0.1, 0.9);
          await optimizer.setWeights(
            state.map(({ name, tensor }) => ({ name: name.replace(/^.*\//, `${owner}/`), tensor })),
          );
        }
        tapOptimizer(optimizer, { after: () => {} });
        step();
        step();
        return [...(await w.data())];
      };
      expect(await run(true)).toEqual(await run(false));
    },
  );

  it('tapOptimizer(optimizer, tap) leaves out the variables of a varList that have no gradient', async () => {
    const [w, fixed] = [tf.variable(tf.scalar(2)), tf.variable(tf.scalar(3), false)];
    const optimizer = tf.train.sgd(0.5);
    const seen: string[][] = [];
    tapOptimizer(optimizer, {
      before: (gradients) => {
        seen.push(gradients.map(({ name }) => name));
      },
    });
    optimizer.minimize(() => tf.mul(w, fixed) as tf.Scalar, false, [fixed, w]);
    expect(seen).toEqual([[w.name]]);
    expect(await valuesOf(w)).toEqual(Float32Array.of(0.5));
    fixed.dispose();
  });

  it('tapOptimizer twice stacks in the order of installation and unstacks in any order', async () => {
    const taps: Tap[] = [2, 3].map((factor) => ({
      before: (g) => g.map(({ name, tensor }) => ({ name, tensor: tf.add(tf.mul(tensor, factor), 1) })),
    }));
    const w = tf.variable(tf.scalar(0));
    // d(w)/dw = 1: every step is minus what the taps make of 1.
    const step = (optimizer: tf.Optimizer) => {
      w.assign(tf.scalar(0));
      optimizer.minimize(() => tf.mul(w, 1) as tf.Scalar, false, [w]);
      return valuesOf(tf.neg(w)).then(([value]) => value);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1), { maxLength: 4 }), fc.infiniteStream(fc.nat(99)), async (picks, order) => {
        const optimizer = tf.train.sgd(1);
        const live = picks.map((i) => ({ i, untap: tapOptimizer(optimizer, taps[i]!) }));
        while (live.length > 0) {
          expect(await step(optimizer)).toBe(live.reduce((g, { i }) => g * (i + 2) + 1, 1));
          const [gone] = live.splice(order.next().value % live.length, 1);
          gone!.untap();
          gone!.untap();
        }
        expect(await step(optimizer)).toBe(1);
        expect(Object.hasOwn(optimizer, 'applyGradients')).toBe(false);
      }),
      { numRuns: 25, seed: 5 },
    );
    w.dispose();
  });

  it('tapOptimizer(optimizer, tap) that throws before the step leaves the weights and the next step alone', async () => {
    const { model, x, y } = compiled();
    const before = await values(model);
    const first = tapOptimizer(model.optimizer, { before: ones });
    const second = tapOptimizer(model.optimizer, {
      before: () => {
        throw new Error('stop');
      },
    });
    const attempt = () => expect(model.fit(x, y, { epochs: 1, verbose: 0 })).rejects.toThrow('stop');
    await attempt();
    expect(await values(model)).toEqual(before);
    second();
    await model.trainOnBatch(x, y);
    expect(maxAbsDifference((await values(model))[0]!, before[0]!)).toBeGreaterThan(0);
    first();
    tf.dispose([x, y]);
    model.dispose();
  });

  it('tapOptimizer(optimizer, {before}) refuses gradients of other names or shapes before the step', async () => {
    const { model, x, y } = compiled();
    const before = await values(model);
    const name = weightsOf(model, 'a/kernel')[0]!.variable!.name;
    for (const [bad, message] of [
      [() => ({ name }), 'tapOptimizer: before must return a list of gradients or nothing'],
      [() => [{ name: 'else', tensor: tf.ones([1]) }], 'must return gradients it was given, each once, got "else"'],
      [(g: NamedGradient[]) => [g[0], g[0]], 'each once'],
      [() => [{ name, tensor: tf.ones([1]) }], `tapOptimizer: the gradient of ${name} must have shape [3,2], got [1]`],
      [() => [{ name, tensor: null }], 'must have shape [3,2], got undefined'],
    ] as const) {
      const untap = tapOptimizer(model.optimizer, { before: bad as never });
      await expect(model.trainOnBatch(x, y)).rejects.toThrow(message);
      untap();
    }
    expect(await values(model)).toEqual(before);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('tapOptimizer(optimizer, tap) leaks nothing, not even what a tap throws away, and keeps what it keeps', async () => {
    const { model, x, y } = compiled();
    const list = weightsOf(model).map(({ variable }) => variable!);
    const loss = () => tf.mean(tf.square(model.apply(x) as tf.Tensor)) as tf.Scalar;
    for (let i = 0; i < 2; i++)
      tapOptimizer(model.optimizer, {
        before: (gradients) => {
          tf.square(gradients[0]!.tensor);
          return ones(gradients);
        },
        after: (gradients) => {
          tf.square(gradients[0]!.tensor);
        },
      });
    const leak = await leakOf(async () => {
      await model.trainOnBatch(x, y);
      await model.fit(x, y, { epochs: 1, verbose: 0 });
      model.optimizer.minimize(loss, false, list);
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    let norm: tf.Tensor | undefined;
    tapOptimizer(model.optimizer, {
      after: (gradients) => {
        norm = tf.keep(tf.norm(gradients[0]!.tensor));
      },
    });
    await model.trainOnBatch(x, y);
    // Six ones: sqrt(6), one rounding of 2.4e-7.
    expect(Math.abs((await valuesOf(norm!))[0]! - Math.sqrt(6))).toBeLessThan(3e-7);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('tapOptimizer(optimizer, tap) keeps an applyGradients that was put on the instance', async () => {
    const { model, x, y } = compiled();
    const own = () => {};
    model.optimizer.applyGradients = own;
    tapOptimizer(model.optimizer, { before: ones })();
    expect(model.optimizer.applyGradients).toBe(own);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('tapOptimizer(no optimizer) and tapOptimizer(optimizer, no tap) throw', () => {
    const optimizer = tf.train.sgd(1);
    const tap = tapOptimizer as (...args: unknown[]) => unknown;
    for (const bad of [undefined, null, {}, 'sgd'])
      expect(() => tap(bad, { before: () => {} })).toThrow(
        'tapOptimizer: optimizer must be a tf.Optimizer (compile the model first)',
      );
    for (const bad of [undefined, {}, { before: 3 }, { before: () => {}, during: () => {} }])
      expect(() => tap(optimizer, bad)).toThrow(TypeError);
    expect(Object.hasOwn(optimizer, 'applyGradients')).toBe(false);
  });
});
