import * as tf from '@tensorflow/tfjs';
import { carryOptimizer, type MomentKind, optimizerSlots, type Parametrization, weightsOf } from '@weightkit/core';
import { leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { weightNorm, weightNormModel } from '../../src/index.ts';
import { weightNormMoments } from '../../src/norms/weight-norm-moments.ts';
import golden from '../golden/moments.json' with { type: 'json' };

const KINDS: MomentKind[] = ['gradient', 'gradientSquare', 'step', 'stepSquare'];
const isSquare = (kind: MomentKind): boolean => kind.endsWith('Square');

const OPTIMIZERS: Record<string, (rate: number) => tf.Optimizer> = {
  sgd: (rate) => tf.train.sgd(rate),
  momentum: (rate) => tf.train.momentum(rate, 0.9),
  adagrad: (rate) => tf.train.adagrad(rate),
  adadelta: (rate) => tf.train.adadelta(rate),
  adam: (rate) => tf.train.adam(rate),
  rmsprop: (rate) => tf.train.rmsprop(rate, 0.9, 0.5),
  'centered rmsprop': (rate) => tf.train.rmsprop(rate, 0.9, 0.5, 1e-7, true),
};

const made = (): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.dense({
        units: 4,
        inputShape: [3],
        activation: 'tanh',
        name: 'a',
        kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
      }),
      tf.layers.dense({ units: 2, name: 'b', kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
    ],
  });
const compile = (m: tf.LayersModel, optimizer: tf.Optimizer): void =>
  m.compile({ optimizer, loss: 'meanSquaredError' });
const x = () => tf.tensor2d([0.5, -1, 2, 1, 0.25, -0.5, -2, 1, 1.5], [3, 3]);
const y = () => tf.tensor2d([1, -1, 0.5, 2, -0.25, 1], [3, 2]);
async function train(m: tf.LayersModel, epochs: number): Promise<void> {
  const [inputs, targets] = [x(), y()];
  await m.fit(inputs, targets, { epochs, batchSize: 3, shuffle: false, verbose: 0 });
  tf.dispose([inputs, targets]);
}
/** With the rate that the momentum of tfjs 4.22 forgets. */
function free(optimizer: tf.Optimizer): void {
  optimizer.dispose();
  const { c } = optimizer as unknown as { c?: tf.Tensor };
  if (c && !c.isDisposed) c.dispose();
}
const kept = async (m: tf.LayersModel, variable: tf.Variable): Promise<Record<string, Float32Array>> =>
  Object.fromEntries(
    await Promise.all(
      optimizerSlots(m.optimizer, variable).map(async ({ name, variable: slot }) => [
        name,
        Float32Array.from(await slot.data()),
      ]),
    ),
  );
const kernelOf = (m: tf.LayersModel): tf.Variable => weightsOf(m, 'a/kernel')[0]!.variable!;

describe('weightNormMoments', () => {
  for (const { shape, axes, v, g, moment, square, kept: both, keptSquare, ...wanted } of golden.cases)
    it(`weightNormMoments has what torch's Jacobian gives on [${shape}] by axes ${axes}, both ways`, async () => {
      const map = weightNormMoments(axes);
      const unitShape = axes.map((i) => shape[i]!);
      const at = { raw: tf.tensor(v, shape), variables: { g: tf.tensor(g, unitShape) } };
      for (const kind of KINDS) {
        const split = tf.tidy(() => {
          const { raw, variables } = map.split(tf.tensor(isSquare(kind) ? square : moment, shape), kind, at);
          return [raw, variables.g!];
        });
        const joined = tf.tidy(() => {
          const from = isSquare(kind) ? keptSquare : both;
          return map.join(
            { raw: tf.tensor(from.raw, shape), variables: { g: tf.tensor(from.g, unitShape) } },
            kind,
            at,
          );
        });
        // A dozen roundings of sums of up to 8 products below 2^4; the rate and its inverse, squared, are below 2^6.
        const [raw, length] = [await valuesOf(split[0]!), await valuesOf(split[1]!)];
        expect(maxAbsDifference(raw, wanted.split[kind].raw)).toBeLessThan(2 ** -13);
        expect(maxAbsDifference(length, wanted.split[kind].g)).toBeLessThan(2 ** -13);
        expect(maxAbsDifference(await valuesOf(joined), wanted.join[kind])).toBeLessThan(2 ** -13);
        if (isSquare(kind)) expect(Math.min(...raw, ...length)).toBeGreaterThanOrEqual(0);
      }
      tf.dispose([at.raw, at.variables.g]);
    });

  it('weightNormMoments gives zero units nothing but what is theirs, free of NaN', async () => {
    const map = weightNormMoments([1]);
    const at = {
      raw: tf.tensor2d([
        [0, 1],
        [0, 2],
      ]),
      variables: { g: tf.tensor1d([0, 0]) },
    };
    for (const kind of KINDS) {
      const { raw, variables } = map.split(tf.ones([2, 2]), kind, at);
      const joined = map.join({ raw, variables }, kind, at);
      const all = [...(await valuesOf(raw)), ...(await valuesOf(variables.g!)), ...(await valuesOf(joined))];
      expect(all.every(Number.isFinite)).toBe(true);
    }
  });
});

describe('carryOptimizer with weightNorm', () => {
  it('carryOptimizer gives v and g the momentum that they had kept from the start, and the weight its own back', async () => {
    // At a rate of 0 nothing moves: the derivative is the same at each step, and the momentum exact.
    const [plain, normed] = [made(), made()];
    compile(plain, tf.train.momentum(0, 0.9));
    await train(plain, 3);
    const before = await kept(plain, kernelOf(plain));
    const handle = weightNorm(normed.layers[0]!);
    compile(normed, tf.train.momentum(0, 0.9));
    await train(normed, 3);
    let other!: Parametrization;
    const report = await carryOptimizer(plain, () => {
      other = weightNorm(plain.layers[0]!);
      compile(plain, tf.train.momentum(0, 0.9));
    });
    expect(report).toEqual({
      carried: ['a/bias', 'b/kernel', 'b/bias'],
      mapped: ['a/kernel', 'a/kernel/g'].map((path) => ({ path, reason: 'computed from a/kernel' })),
      zeroed: [],
    });
    for (const [own, its] of [
      [other.raw, handle.raw],
      [other.variables.g!, handle.variables.g!],
    ] as const) {
      const [got, expected] = [await kept(plain, own), await kept(normed, its)];
      // Sums of a few roundings of numbers below 4.
      expect(maxAbsDifference(got.momentum!, expected.momentum!)).toBeLessThan(2 ** -19);
      expect(Math.max(...expected.momentum!.map(Math.abs))).toBeGreaterThan(0.01);
    }
    const folded = await carryOptimizer(plain, () => {
      other.fold();
      compile(plain, tf.train.momentum(0, 0.9));
    });
    expect(folded.mapped).toEqual([{ path: 'a/kernel', reason: 'computed from a/kernel and a/kernel/g' }]);
    const after = await kept(plain, kernelOf(plain));
    expect(maxAbsDifference(after.momentum!, before.momentum!)).toBeLessThan(2 ** -19);
    for (const m of [plain, normed]) {
      m.optimizer.dispose();
      m.dispose();
    }
  });

  for (const [name, optimizer] of Object.entries(OPTIMIZERS))
    it(`carryOptimizer goes on with ${name} on register, fold and restore: finite, from all but the kernel bit for bit, without a leak`, async () => {
      const run = async (): Promise<void> => {
        const m = made();
        let last = optimizer(0.01);
        const next = (): void => {
          compile(m, optimizer(0.01));
        };
        const retire = (): void => {
          free(last);
          last = m.optimizer;
        };
        compile(m, last);
        await train(m, 3);
        const bias = weightsOf(m, 'a/bias')[0]!.variable!;
        const own = await kept(m, bias);
        let handles: readonly Parametrization[] = [];
        const report = await carryOptimizer(m, async () => {
          handles = (await weightNormModel(m)).parametrizations;
          next();
        });
        retire();
        expect(report.zeroed).toEqual([]);
        expect(await kept(m, bias)).toEqual(own);
        expect((m.optimizer as unknown as { iterations: number }).iterations).toBe(3);
        await train(m, 2);
        await carryOptimizer(m, () => {
          handles[0]!.fold();
          handles[1]!.restore();
          next();
        });
        retire();
        await train(m, 2);
        const predicted = tf.tidy(() => m.predict(x()) as tf.Tensor);
        expect(Array.from(await valuesOf(predicted)).every(Number.isFinite)).toBe(true);
        expect((m.optimizer as unknown as { iterations: number }).iterations).toBe(7);
        free(m.optimizer);
        m.dispose();
      };
      expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
    });

  it('carryOptimizer keeps the steps of adam of a size where a new optimizer would jump', async () => {
    const step = async (isCarried: boolean): Promise<number> => {
      const m = made();
      compile(m, tf.train.adam(0.01));
      await train(m, 40);
      const change = (): void => {
        weightNorm(m.layers[0]!);
        compile(m, tf.train.adam(0.01));
      };
      if (isCarried) await carryOptimizer(m, change);
      else change();
      const kernel = weightsOf(m, 'a/kernel')[0]!;
      const before = await valuesOf(kernel.read());
      await train(m, 1);
      const moved = maxAbsDifference(await valuesOf(kernel.read()), before);
      m.dispose();
      return moved;
    };
    const [carried, anew] = [await step(true), await step(false)];
    expect(carried).toBeLessThan(anew);
  });
});
