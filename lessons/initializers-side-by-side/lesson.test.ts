import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { initialize, orthogonal } from '@weightkit/initializers';
import { type Lesson, runLesson } from '@weightkit/lesson';
import { fillNormal, randomKey } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { type Curve, critical, distanceOf, endOf, lawOf, stdOf } from './curves.ts';
import { alphaDropout, DEEP, deepOf, NETWORK_NAMES } from './deep.ts';
import type { Params, Result } from './experiment.ts';
import { entryOf, LAW_NAMES, type LawName } from './laws.ts';
import { lesson } from './lesson.ts';
import { sampleOf } from './sample.ts';
import { STACK, stackOf } from './stack.ts';
import { NET, startedNet, trainAll } from './train.ts';

const data = nodeData();
const SLIDES = { inputs: 5, units: 10 };

describe('the laws', () => {
  it('have a density of area 1, and the share below x that is known in closed form', () => {
    const area = (curve: Curve) => {
      const [end, n] = [endOf(curve), 20_000];
      const { density } = lawOf(curve);
      let sum = 0;
      for (let i = 0; i < n; i++) sum += density(-end + ((i + 0.5) * 2 * end) / n) * ((2 * end) / n);
      return sum;
    };
    const curves: Curve[] = [
      { kind: 'normal', std: 0.3 },
      { kind: 'truncated', std: 0.3 },
      { kind: 'uniform', limit: 2 },
      ...[4, 5, 10, 200].map((dimensions): Curve => ({ kind: 'sphere', dimensions, radius: 1.5 })),
    ];
    for (const curve of curves) {
      expect(area(curve)).toBeCloseTo(1, 3);
      const { density, below } = lawOf(curve);
      const [end, n] = [endOf(curve), 20_000];
      let square = 0;
      for (let i = 0; i < n; i++) {
        const x = -end + ((i + 0.5) * 2 * end) / n;
        square += x * x * density(x) * ((2 * end) / n);
      }
      expect(Math.sqrt(square) / stdOf(curve)).toBeCloseTo(1, 3);
      expect(below(0)).toBeCloseTo(0.5, 6);
      expect([below(-2 * end), below(2 * end)]).toEqual([0, 1]);
    }
    // Φ(1), and the same of one that is cut at ±2: (Φ(1) − Φ(−2)) / (Φ(2) − Φ(−2)).
    expect(lawOf({ kind: 'normal', std: 1 }).below(1)).toBeCloseTo(0.8413447, 4);
    expect(lawOf({ kind: 'truncated', std: 0.8796256610342398 }).below(1)).toBeCloseTo(
      (0.8413447461 - 0.0227501319) / 0.9544997361,
      4,
    );
    // On a sphere in five dimensions: 1/2 + 3 x / 4 − x³ / 4.
    for (const x of [-0.9, -0.3, 0.2, 0.7])
      expect(lawOf({ kind: 'sphere', dimensions: 5, radius: 1 }).below(x)).toBeCloseTo(
        0.5 + 0.75 * x - 0.25 * x ** 3,
        4,
      );
  });

  it('each have a sample that passes the test of Kolmogorov and Smirnov, for a wide and a tall layer', async () => {
    for (const law of LAW_NAMES)
      for (const [seed, layer] of [SLIDES, { inputs: 40, units: 6 }].entries()) {
        const { distance, critical, std, lawStd, count } = await sampleOf(law, layer, 10 + seed);
        expect(distance, `${law} ${JSON.stringify(layer)}`).toBeLessThanOrEqual(law === 'Zero' ? 0 : critical);
        // Of n values a standard deviation is off by its own 1/sqrt(2n) about; four of these, and 2 % of what the batch of 1000 adds.
        expect(Math.abs(std - lawStd)).toBeLessThanOrEqual(lawStd * (4 / Math.sqrt(2 * count) + 0.02));
      }
  });

  it('are told apart by the same test: no sample of a law passes for one with another shape or scale', async () => {
    const names = ['He', 'He, uniform', 'Xavier, √(2/(in + out))', 'N(0, 1)', 'Orthogonal'] as const;
    for (const law of names) {
      const values = new Float32Array(4000);
      for (let i = 0; i < 80; i++) {
        const kernel = entryOf(law).start(SLIDES)([5, 10], { seed: 3, path: `layer${i}/kernel` });
        values.set(kernel.dataSync(), 50 * i);
        kernel.dispose();
      }
      for (const other of names) {
        const distance = distanceOf(values, entryOf(other).curve(SLIDES));
        if (law === other) expect(distance).toBeLessThan(critical(4000));
        else expect(distance, `${law} for ${other}`).toBeGreaterThan(critical(4000));
      }
    }
  });

  it('Xavier’s two forms are the same where a layer has as many units as inputs, and √(1/n) is larger where it has more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 200 }), fc.integer({ min: 2, max: 200 }), (inputs, units) => {
        const of = (law: LawName) => stdOf(entryOf(law).curve({ inputs, units }));
        const [one, other] = [of('Xavier, √(1/n)'), of('Xavier, √(2/(in + out))')];
        expect(Math.sign(Number((one - other).toFixed(12)))).toBe(Math.sign(units - inputs));
        // What is multiplied forward and back: their harmonic mean is 1 for the second form.
        expect(1 / (inputs * other ** 2) + 1 / (units * other ** 2)).toBeCloseTo(
          (inputs + units) ** 2 / (2 * inputs * units),
          6,
        );
      }),
    );
  });
});

describe('LSUV and the data-dependent start', async () => {
  const stacks = [await stackOf(0), await stackOf(1)];

  it('LSUV ends within 0.02 of variance 1 on its batch and within 0.15 on a fresh one; the layers are done one by one', async () => {
    for (const { lsuv, dataDependent } of stacks) {
      for (const { variance } of lsuv.stages.at(-1)!) expect(Math.abs(variance - 1)).toBeLessThanOrEqual(0.02001);
      for (const { variance } of lsuv.fresh) expect(Math.abs(variance - 1)).toBeLessThanOrEqual(0.15);
      for (const { least, most } of dataDependent.stages.at(-1)!) {
        expect(least).toBeGreaterThan(0.999);
        expect(most).toBeLessThan(1.001);
      }
      for (const { stages } of [lsuv, dataDependent])
        for (const [done, layers] of stages.entries()) {
          expect(layers).toHaveLength(STACK.layers);
          expect(layers.slice(0, done)).toEqual(stages.at(-1)!.slice(0, done));
          if (done < STACK.layers) expect(Math.abs(layers.at(-1)!.variance - 1)).toBeGreaterThan(0.1);
        }
    }
  });

  it('the code of the slide scales once and after the activation, and leaves layers far from 1', async () => {
    for (const { slide } of stacks)
      expect(Math.max(...slide.map(({ variance }) => Math.abs(variance - 1)))).toBeGreaterThan(1);
  });

  it('the code of the slide fails for more units than inputs: its kernel has the wrong shape', () => {
    const layer = tf.layers.dense({ units: 10, inputShape: [5] });
    const model = tf.sequential({ layers: [layer] });
    const random = tf.tensor2d(fillNormal(new Float32Array(50), randomKey(0)), [5, 10]);
    const [q, r] = tf.linalg.qr(random, false);
    const bias = tf.zeros([10]);
    expect(q.shape).toEqual([5, 5]);
    expect(() => layer.setWeights([q, bias])).toThrow(/shape/i);
    tf.dispose([random, q, r, bias]);
    model.dispose();
  });
});

describe('twenty layers', () => {
  it('SELU with LeCun keeps the variance of its activations near 1, and no other pair here does', async () => {
    const all = [await deepOf(0), await deepOf(1)];
    for (const deep of all) {
      expect(Object.keys(deep)).toEqual(NETWORK_NAMES);
      for (const name of ['SELU, LeCun', 'SELU, LeCun, AlphaDropout'] as const)
        for (const { mean, variance } of deep[name]) {
          expect(Math.abs(variance - 1), name).toBeLessThan(0.3);
          expect(Math.abs(mean), name).toBeLessThan(0.15);
        }
      const last = (name: (typeof NETWORK_NAMES)[number]) => deep[name].at(-1)!.variance;
      expect(last('SELU, LeCun, usual dropout')).toBeGreaterThan(1.3);
      expect(last('SELU, He')).toBeGreaterThan(10);
      // Half of it is lost in each layer: 2^-20 is 1e-6.
      expect(last('ReLU, LeCun')).toBeLessThan(1e-5);
      expect(last('tanh, Xavier')).toBeLessThan(0.1);
    }
    expect(all[0]!['SELU, LeCun']).toHaveLength(DEEP.layers);
  });

  it('AlphaDropout keeps mean 0 and variance 1; that of TensorFlow.js 4.22 has a sign wrong and moves the mean', async () => {
    const n = 200_000;
    const x = tf.tensor2d(fillNormal(new Float32Array(n), randomKey(1)), [n / 100, 100]);
    const [kept] = [
      tf.tensor2d(
        Float32Array.from({ length: n }, (_, i) => (i % 10 === 3 ? 0 : 1)),
        [n / 100, 100],
      ),
    ];
    const ours = alphaDropout(x, kept!, 0.1);
    const stock = tf.layers.alphaDropout({ rate: 0.1 }).apply(x, { training: true }) as tf.Tensor;
    const told = async (tensor: tf.Tensor) => {
      const { mean, variance } = tf.moments(tensor);
      const values = [(await mean.data())[0]!, (await variance.data())[0]!];
      tf.dispose([mean, variance]);
      return values as [number, number];
    };
    const [mean, variance] = await told(ours);
    // A mean of 200,000 values is off by 0.0022, a variance by 0.0032; four of these.
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1)).toBeLessThan(0.015);
    // What is dropped gets +λα where it should get −λα: twice 0.1 · 1.758 times the scale of 0.92.
    expect((await told(stock))[0]).toBeGreaterThan(0.3);
    tf.dispose([x, kept!, ours, stock]);
  });
});

describe('training on random targets', () => {
  it('is what each network does alone, with stock TensorFlow.js', async () => {
    const training = await trainAll({ epochs: 1, rate: 0.001, seed: 4 }, () => {});
    const of = (rows: number, columns: number, path: string) =>
      tf.tensor2d(fillNormal(new Float32Array(rows * columns), randomKey(4, path)), [rows, columns]);
    const [x, y] = [of(NET.examples, 5, 'train/x'), of(NET.examples, 1, 'train/y')];
    for (const law of ['Xavier, √(1/n)', 'LSUV', 'PyTorch’s default', 'LeCun'] as const) {
      const model = await startedNet(law, x, 4);
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const loss = model.evaluate(x, y) as tf.Scalar;
      // Two sums in 32 bits of the same products.
      expect(Math.abs((await loss.data())[0]! / training.byLaw[law].train[0]! - 1), law).toBeLessThan(1e-5);
      loss.dispose();
      model.optimizer.dispose();
      model.dispose();
    }
    tf.dispose([x, y]);
  });

  it('after the ten epochs of the slides no network is better than the best constant, on what it was trained on or on fresh examples', async () => {
    const { byLaw, constant } = await trainAll({ epochs: 10, rate: 0.001, seed: 0 }, () => {});
    for (const law of LAW_NAMES) {
      expect(byLaw[law].train).toHaveLength(11);
      expect(byLaw[law].train.at(-1), law).toBeGreaterThan(constant.train);
      expect(byLaw[law].fresh.at(-1), law).toBeGreaterThan(constant.fresh - 0.001);
    }
    // And yet the loss falls, most of all from the largest weights.
    expect(byLaw['N(0, 1)'].train.at(-1)).toBeLessThan(byLaw['N(0, 1)'].train[0]! - 0.1);
  });
});

const BASE: Params = { inputs: 5, units: 10, seed: 0, scaled: 4, epochs: 10, rate: 0.001 };

describe('the lesson', () => {
  it('shows another number of layers done without a run, and all else with one', async () => {
    const result = {} as Result;
    expect(lesson.derive!(result, BASE, { ...BASE, scaled: 9 })).toBe(result);
    for (const other of [{ seed: 1 }, { epochs: 3 }, { inputs: 6 }, { units: 3 }, { rate: 0.1 }])
      expect(lesson.derive!(result, BASE, { ...BASE, ...other })).toBeUndefined();
  });

  it('samples another layer without training anything, and trains for all else', async () => {
    const { result } = await runLesson(lesson, { ...BASE, epochs: 1 }, { data });
    const other = { ...BASE, epochs: 1, inputs: 7, units: 12, scaled: 2 };
    const from = { ...BASE, epochs: 1 };
    const before = tf.memory().numTensors;
    expect(await lesson.rerun!(result, from, other, { data })).toEqual(
      (await runLesson(lesson, other, { data })).result,
    );
    expect(tf.memory().numTensors).toBe(before);
    for (const more of [{ seed: 1 }, { epochs: 3 }, { rate: 0.1 }, { inputs: 6, seed: 1 }])
      expect(lesson.rerun!(result, BASE, { ...BASE, ...more }, { data })).toBeUndefined();
  });

  it('meets its challenge with many units for few inputs, and not the other way round', async () => {
    const at = async (inputs: number, units: number) => {
      const names = ['Xavier, √(1/n)', 'Xavier, √(2/(in + out))'] as const;
      const drawn = await Promise.all(names.map(async (law) => [law, await sampleOf(law, { inputs, units }, 0)]));
      return lesson.check({ samples: Object.fromEntries(drawn) } as Result, { ...BASE, inputs, units }).met;
    };
    expect([await at(10, 190), await at(190, 10), await at(4, 200)]).toEqual([true, false, false]);
  });

  it('shows nothing that is no number at the corners of its controls', async () => {
    // Each end is in one of these; how many layers are shown as done takes no run.
    const instead = { seed: [9999], epochs: [1], inputs: [4, 60], units: [2], scaled: [0], rate: [0.1] };
    for (const values of cornersOf(lesson as unknown as Lesson, instead)) {
      const result = await expectSound(lesson as unknown as Lesson, values);
      for (const scaled of [1, 10])
        for (const { title, description } of Object.values(lesson.figures(result as Result, { ...BASE, scaled })))
          expect(`${title} ${description}`).not.toMatch(/NaN|undefined|Infinity/);
    }
  }, 60_000);

  it('starts from the weights that initialize gives a model', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ name: 'layer0', units: 10, inputShape: [5] })] });
    initialize(model, orthogonal(), { seed: 7 });
    const mine = entryOf('Orthogonal').start(SLIDES)([5, 10], { seed: 7, path: 'layer0/kernel' });
    expect(await model.getWeights()[0]!.data()).toEqual(await mine.data());
    mine.dispose();
    model.dispose();
  });
});
