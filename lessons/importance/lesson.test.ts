import * as tf from '@tensorflow/tfjs';
import { type Lesson, meanInterval, runLesson } from '@weightkit/lesson';
import { absoluteWeights } from '@weightkit/weight-metrics';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { explainAgain, type Params, type Result, unitsAgain, weightImportance } from './experiment.ts';
import { explain, JUDGE, METHODS, sharesOf } from './explain.ts';
import { randomOf, scoresOf } from './figure.ts';
import golden from './golden.json' with { type: 'json' };
import { lesson } from './lesson.ts';
import { BASE } from './measure.ts';
import { accuracyOf, netInUnits, netOf, saysOf, type Weights } from './network.ts';
import { baselineOf, inUnits, NOISE, problemOf, TEST, without } from './problem.ts';

const refuse = () => Promise.reject(new Error('no data needed'));
const data = { digits: refuse, reviews: refuse };
const SMALL: Params = { ...BASE, steps: 40, seed: 50 };
const run = (params: Partial<Params> = {}): Promise<Result> => weightImportance({ ...SMALL, ...params }, { data });
const apart = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const ULP = 2 ** -24;

/**
 * How far a chance may be off in float32: each sum of k products is off by (k + 2) roundings of the sum of their magnitudes, tanh by two
 * more, what a unit is off goes on through its weights, and a chance moves by half of what its logits move at most.
 */
function roundingOf({ inputs, units, outputs, hidden, out }: Weights, x: readonly number[]): number {
  const sizes = Array.from({ length: units }, (_, j) =>
    sum(x.map((value, i) => Math.abs(value * hidden[i * units + j]!))),
  );
  const logits = Array.from({ length: outputs }, (_, k) =>
    sum(sizes.map((size, j) => Math.abs(out[j * outputs + k]!) * ((inputs + 4) * (size + 1) + units + 2))),
  );
  return (ULP * Math.max(...logits)) / 2 + 4 * ULP;
}

describe('the slide', () => {
  it('means five shares, and its own code fails', () => {
    const { weights, intended, returned, error } = golden.slide;
    const shares = absoluteWeights({ values: weights, inputs: 5, units: 1 });
    expect(apart(shares, [0.102, 0.245, 0.163, 0.061, 0.429])).toBeLessThan(1e-3);
    // Sums and quotients of five numbers in float64.
    expect(apart(shares, intended)).toBeLessThan(1e-15);
    expect([returned, error]).toEqual([1, "object of type 'numpy.float64' has no len()"]);
  });
});

describe('explain', () => {
  it.each(golden.nets)('says of a net with $outputs outputs what numpy and torch say', async (net) => {
    const weights: Weights = {
      inputs: net.inputs,
      units: net.units,
      outputs: net.outputs,
      hidden: Float32Array.from(net.hidden),
      hiddenBias: Float32Array.from(net.hiddenBias),
      out: Float32Array.from(net.out),
      outBias: Float32Array.from(net.outBias),
    };
    const model = netOf(weights);
    const examples = { count: 1, x: Float32Array.from(net.x), labels: new Uint8Array(1) };
    const { scores, one } = await explain(model, weights, examples, {
      output: net.output,
      at: 0,
      from: net.baseline,
      seed: 0,
    });
    model.dispose();
    const told = (method: (typeof METHODS)[number]) => scores.find((each) => each.method === method)!.scores;
    // The weights are floats, and these are sums of a few products in float64.
    expect(apart(told('|weights|'), net.absolute)).toBeLessThan(1e-14);
    expect(apart(told('Garson'), net.garson)).toBeLessThan(1e-14);
    expect(apart(told('Olden'), net.olden)).toBeLessThan(1e-14);
    // A part is a weight's path times an input, and carries the rounding of the chance that often; 48 points miss next to nothing.
    const most =
      Math.max(...net.x.map(Math.abs), ...net.baseline.map(Math.abs)) * Math.max(...net.hidden.map(Math.abs));
    const tolerance = 4 * roundingOf(weights, net.x) * (1 + most) + net.missedBy48;
    expect(net.missedBy48).toBeLessThan(1e-12);
    expect(tolerance).toBeLessThan(1e-3);
    expect(apart(one.gradientTimesInput, net.gradientTimesInput)).toBeLessThan(tolerance);
    expect(apart(one.integratedGradients, net.integratedGradients)).toBeLessThan(tolerance);
    expect(Math.abs(one.says - net.says)).toBeLessThan(tolerance);
    expect(Math.abs(one.saysOfBaseline - net.saysOfBaseline)).toBeLessThan(tolerance);
  });

  it.each(['iris', 'XOR'] as const)(
    'integrated gradients are complete: the parts add up to the change of the output (%s)',
    async (task) => {
      // With weight decay the net is smooth enough for 48 points to miss less than a rounding: twice as many change nothing in the golden.
      const result = await run({ task, decay: 0.03, example: 7 });
      const { one, net } = result;
      const tolerance = 4 * (roundingOf(net, one.x) + roundingOf(net, one.baseline)) * net.inputs;
      expect(tolerance).toBeLessThan(1e-3);
      expect(Math.abs(one.says - one.saysOfBaseline)).toBeGreaterThan(0.05);
      expect(Math.abs(sum(one.integratedGradients) - (one.says - one.saysOfBaseline))).toBeLessThan(tolerance);
      expect(result.residual).toBeLessThan(tolerance);
      // On the way as well, and the way ends where the parts are.
      expect(one.way[0]!.map(Math.abs)).toEqual(one.x.map(() => 0));
      expect(apart(one.way.at(-1)!, one.integratedGradients)).toBeLessThan(tolerance);
      for (const { shares } of result.scores) expect(sum(shares)).toBeCloseTo(1, 12);
    },
  );

  it('an input into a unit that goes nowhere has no say: shuffling, gradients, Garson and Olden see it, |weights| do not', async () => {
    const net: Weights = {
      inputs: 2,
      units: 2,
      outputs: 1,
      hidden: Float32Array.of(1, 0, 0, 9),
      hiddenBias: new Float32Array(2),
      out: Float32Array.of(1, 0),
      outBias: new Float32Array(1),
    };
    const model = netOf(net);
    const x = Float32Array.from({ length: 40 }, (_, i) => Math.sin(i * i));
    const examples = { count: 20, x, labels: new Uint8Array(20) };
    const { scores, shuffled } = await explain(model, net, examples, { output: 0, at: 0, from: [0, 0], seed: 1 });
    model.dispose();
    expect(shuffled.moves[0]).toBeGreaterThan(0.05);
    expect(shuffled.moves[1]).toBe(0);
    expect(scores.map(({ method, shares }) => [method, shares[1]])).toEqual([
      ['|weights|', 0.9],
      ...[...METHODS.slice(1), JUDGE].map((method) => [method, 0]),
    ]);
  });
});

describe('weight importance', () => {
  it('in another unit the network says the same, and what looks at weights says something else', async () => {
    const result = await run();
    const params = { ...SMALL, factor: 10 };
    const [derived, again] = [unitsAgain(result, SMALL, params), await explainAgain(result, params)];
    for (const [i, { method, shares }] of again.scores.entries()) {
      // The weights of a tenth, and the products with them, are rounded anew. That moves gradients by a few of their own roundings.
      expect(apart(derived.scores[i]!.shares, shares), method).toBeLessThan(1e-4);
      const before = result.scores[i]!.shares[result.measured]!;
      if (i < 3) expect(shares[result.measured]!, method).toBeLessThan(before / 2);
      else expect(Math.abs(shares[result.measured]! - before), method).toBeLessThan(1e-4);
    }
    expect(derived.one.x[result.measured]).toBeCloseTo(again.one.x[result.measured]!, 5);
    expect(derived.one.baseline[result.measured]).toBeCloseTo(again.one.baseline[result.measured]!, 5);
    // Of the weights the shares are known: the row's sum by ten.
    const { shares } = scoresOf(result, '|weights|');
    const scaled = sharesOf(shares.map((share, i) => (i === result.measured ? share / 10 : share)));
    expect(apart(scoresOf(derived, '|weights|').shares, scaled)).toBeLessThan(1e-7);
    // By hand: each test flower gets the same chance.
    const { test } = problemOf(SMALL);
    const [one, other] = [netOf(result.net), netOf(netInUnits(result.net, 2, 10))];
    const said = [await saysOf(one, test), await saysOf(other, inUnits(test, 2, 10))] as const;
    tf.dispose([one, other].flatMap((model) => model.getWeights()));
    expect(apart(...said)).toBeLessThan(1e-5);
  });

  it('explains again what was trained, and trains nothing', async () => {
    const result = await run();
    const again = (more: Partial<Params>) => lesson.rerun!(result, SMALL, { ...SMALL, ...more }, { data });
    expect(again({ seed: 1 })).toBeUndefined();
    expect(again({ steps: 41 })).toBeUndefined();
    expect(lesson.derive!(result, SMALL, { ...SMALL, kind: 'setosa' })).toBeUndefined();
    const other = (await again({ kind: 'setosa', example: 3, baseline: 'lowest' }))!;
    expect(other.net).toBe(result.net);
    expect(other.one).not.toEqual(result.one);
    expect(await again({ example: SMALL.example })).toEqual(result);
  });

  it('what a network loses by shuffling an input is more than what a training without it loses', async () => {
    const losses: number[] = [];
    for (let seed = 100; seed < 103; seed++) {
      const { shuffled, retrained, accuracy, measured } = await run({ seed, steps: BASE.steps, retrain: true });
      losses.push(shuffled.lost[measured]! - (accuracy - retrained![measured]!));
    }
    // Three seeds; the deep test has the interval of more.
    expect(Math.min(...losses)).toBeGreaterThan(0.05);
  }, 120_000);

  it('weights give random numbers much, gradients and shuffling give them little', async () => {
    const results: Result[] = [];
    for (let seed = 200; seed < 208; seed++) results.push(await run({ seed, steps: BASE.steps }));
    const of = (pick: (result: Result) => number) => meanInterval(results.map(pick));
    const away = (result: Result, method: (typeof METHODS)[number]) =>
      sum(scoresOf(result, method).shares.map((share, i) => Math.abs(share - scoresOf(result, JUDGE).shares[i]!)));
    expect(of((result) => randomOf(result, '|weights|') - randomOf(result, JUDGE)).low).toBeGreaterThan(0.15);
    expect(of((result) => randomOf(result, 'Garson') - randomOf(result, JUDGE)).low).toBeGreaterThan(0.15);
    expect(of((result) => randomOf(result, 'integrated gradients')).high).toBeLessThan(0.05);
    expect(of((result) => randomOf(result, JUDGE)).high).toBeLessThan(0.05);
    expect(of((result) => away(result, '|weights|') - away(result, 'integrated gradients')).low).toBeGreaterThan(0.3);
    expect(of(({ accuracy }) => accuracy).mean).toBeGreaterThan(0.9);
  }, 120_000);

  it('on XOR Olden’s paths cancel out and random numbers come out too large', async () => {
    const results: Result[] = [];
    for (let seed = 300; seed < 308; seed++) results.push(await run({ seed, task: 'XOR', steps: BASE.steps }));
    const olden = meanInterval(results.map((result) => randomOf(result, 'Olden') - randomOf(result, JUDGE)));
    expect(olden.low).toBeGreaterThan(0.05);
    expect(meanInterval(results.map((result) => randomOf(result, JUDGE))).high).toBeLessThan(0.05);
    // A seed may stay in a local minimum.
    expect(results.filter(({ accuracy }) => accuracy > 0.9).length).toBeGreaterThanOrEqual(6);
  }, 120_000);

  it('takes the flowers standardized, and random numbers of the spread that is asked for', () => {
    const { inputs, outputs, train, test, measured } = problemOf({ task: 'iris', spread: 0.1, seed: 3 });
    expect(inputs[measured]).toBe('petal length');
    expect([inputs.at(-1), outputs.length, train.count, test.count]).toEqual([NOISE, 3, 150 - TEST, TEST]);
    const all = { count: 150, x: Float32Array.from([...train.x, ...test.x]), labels: new Uint8Array(150) };
    // Floats of standardized columns: their mean is off by a rounding of each.
    for (const mean of baselineOf(all, 'average').slice(0, 4)) expect(Math.abs(mean)).toBeLessThan(1e-6);
    const random = Array.from(all.x).filter((_, i) => i % 5 === 4);
    // 150 numbers: their standard deviation is known to 0.1 / √300, four of which are let pass.
    expect(Math.abs(Math.sqrt(sum(random.map((x) => x * x)) / 150) - 0.1)).toBeLessThan((4 * 0.1) / Math.sqrt(300));
    expect(without(test, 4).x).toHaveLength(4 * TEST);
    expect([...without(test, 0).x.slice(0, 4)]).toEqual([...test.x.slice(1, 5)]);
    const xor = problemOf({ task: 'XOR', spread: 1, seed: 0 });
    for (let i = 0; i < xor.test.count; i++) {
      const [a, b] = xor.test.x.slice(3 * i);
      expect(xor.test.labels[i]).toBe(Number(a !== b));
    }
    expect(accuracyOf(Float32Array.of(0.2, 0.8, 0.9, 0.1), { count: 2, labels: Uint8Array.of(1, 1) })).toBe(0.5);
    expect(accuracyOf(Float32Array.of(0.2, 0.8), { count: 2, labels: Uint8Array.of(0, 1) })).toBe(1);
  });

  it('answers in percent, and its challenge is met with tiny numbers and time, not as it opens', async () => {
    const met = async (more: Partial<Params>) => {
      const { result, values } = await runLesson(lesson, more, { data });
      expect(lesson.answer(result, values as Params)).toBe(Math.round(100 * randomOf(result, '|weights|')));
      return lesson.check(result, values as Params).met;
    };
    expect(await met({})).toBe(false);
    expect(await met({ spread: 0.01, steps: 200, seed: 1, retrain: false })).toBe(true);
    const result = await run();
    expect(lesson.check(result, { ...SMALL, task: 'XOR' })).toMatchObject({ met: false });
    expect(lesson.check(result, { ...SMALL, factor: 2 })).toMatchObject({ met: false });
  }, 60_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const few = { steps: [10], seed: [999], units: [2], example: [49], decay: [0.1], retrain: [true], spread: [10] };
    // One in five, so that each end meets each other one; all in the deep tier.
    for (const values of cornersOf(lesson as unknown as Lesson, few).filter((_, i) => i % 5 === 0))
      await expectSound(lesson as unknown as Lesson, values);
  }, 240_000);

  it.each([
    [{ task: 'AND' as 'XOR' }, 'weightImportance: task must be one of iris, XOR, got "AND"'],
    [{ kind: 'rose' as 'setosa' }, 'weightImportance: kind must be one of setosa, versicolor, virginica, got "rose"'],
    [{ baseline: 'zero' as 'lowest' }, 'weightImportance: baseline must be one of average, lowest, got "zero"'],
    [{ spread: -1 }, 'weightImportance: spread must be in [0, 100], got -1'],
    [{ factor: 0 }, 'weightImportance: factor must be in [0.000001, 1000000], got 0'],
    [{ decay: Number.NaN }, 'weightImportance: decay must be in [0, 0.5], got NaN'],
    [{ example: 50 }, 'weightImportance: example must be an integer in [0, 49], got 50'],
    [{ units: 2.5 }, 'weightImportance: units must be an integer in [1, 64], got 2.5'],
    [{ retrain: 1 as unknown as boolean }, 'weightImportance: retrain must be true or false, got 1'],
    [{ seed: 0.5 }, 'weightImportance: seed must be a safe integer, got 0.5'],
  ])('refuses %j', async (wrong, message) => {
    await expect(run(wrong)).rejects.toThrow(message);
  });
});
