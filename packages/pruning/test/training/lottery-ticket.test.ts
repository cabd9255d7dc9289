import * as tf from '@tensorflow/tfjs';
import { type LayerLike, parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { applyMasks } from '../../src/masks/apply-masks.ts';
import {
  type LotteryOptions,
  type LotteryRound,
  type LotteryTraining,
  lotteryTicket,
} from '../../src/training/lottery-ticket.ts';
import { batch, mlp, readWeight, setWeight, spread } from '../models.ts';

const kernels = (model: LayerLike) =>
  Promise.all(['a/kernel', 'b/kernel'].map((path) => readWeight(model as tf.LayersModel, path)));
const sorted = (values: ArrayLike<number>) => Array.from(values).sort((a, b) => a - b);
const nonzero = (values: ArrayLike<number>) => Array.from(values).filter((v) => v !== 0);

interface Seen extends LotteryTraining {
  kernels: Float32Array[];
  bias: Float32Array;
}

/** A training that notes what it began with and leaves known weights: the magnitudes fall from the first entry to the last. */
function scripted(seen: Seen[]) {
  return async (model: LayerLike, training: LotteryTraining): Promise<string> => {
    const net = model as tf.LayersModel;
    seen.push({ ...training, kernels: await kernels(net), bias: await readWeight(net, 'a/bias') });
    setWeight(
      net,
      'a/kernel',
      Array.from({ length: 20 }, (_, i) => 20 - i),
    );
    setWeight(
      net,
      'b/kernel',
      Array.from({ length: 15 }, (_, i) => 15.5 - i),
    );
    setWeight(net, 'a/bias', [9, 9, 9, 9, 9]);
    return `${training.round} ${training.control ?? 'ticket'}`;
  };
}

async function all<T>(rounds: AsyncGenerator<LotteryRound<T>>): Promise<LotteryRound<T>[]> {
  const list: LotteryRound<T>[] = [];
  for await (const round of rounds) list.push(round);
  return list;
}

describe('lotteryTicket', () => {
  it('lotteryTicket rewinds to the weights that the model began with, under masks of what was trained', async () => {
    const model = mlp();
    const start = await kernels(model);
    const seen: Seen[] = [];
    const rounds = await all(lotteryTicket(model, { train: scripted(seen), rounds: 2, fraction: 0.4, scope: 'layer' }));
    // Of 20: 0.4 and 0.64 go, 8 and 12.8; of 15: 6 and 9.6. The trained weights keep the first.
    const first = (n: number, values: Float32Array) => values.map((v, i) => (i < n ? v : 0));
    expect(seen.map((one) => one.kernels)).toEqual([
      start,
      [first(12, start[0]!), first(9, start[1]!)],
      [first(7, start[0]!), first(5, start[1]!)],
    ]);
    expect(seen.map(({ bias }) => Array.from(bias))).toEqual(new Array(3).fill([0, 0, 0, 0, 0]));
    expect(rounds.map(({ round, sparsity, result }) => [round, sparsity, result])).toEqual([
      [0, 0, '0 ticket'],
      [1, 14 / 35, '1 ticket'],
      [2, 23 / 35, '2 ticket'],
    ]);
    expect(await kernels(model)).toEqual(start);
    expect(parametrizationsOf(model)).toEqual([]);
    const ticket = applyMasks(model, rounds[2]!.masks);
    expect(await kernels(model)).toEqual(seen[2]!.kernels);
    ticket.dispose();
    model.dispose();
  });

  it("lotteryTicket prunes by one threshold over all weights unless scope is 'layer'", async () => {
    const model = mlp();
    const seen: Seen[] = [];
    await all(lotteryTicket(model, { train: scripted(seen), rounds: 1, fraction: 0.4 }));
    // The 14 smallest of 20 ... 1 and 15.5 ... 1.5: 1 to 7 and 1.5 to 7.5.
    expect(seen[1]!.kernels.map((values) => nonzero(values).length)).toEqual([13, 8]);
    model.dispose();
  });

  it('lotteryTicket({ warmUp }) rewinds to where warmUp has left the model', async () => {
    const model = mlp();
    const seen: Seen[] = [];
    const later = spread(20, 3);
    const warmUp = async (net: LayerLike) => {
      setWeight(net as tf.LayersModel, 'a/kernel', later);
      setWeight(net as tf.LayersModel, 'a/bias', [1, 2, 3, 4, 5]);
    };
    await all(lotteryTicket(model, { train: scripted(seen), rounds: 1, warmUp, scope: 'layer' }));
    expect(seen[0]!.kernels[0]).toEqual(later);
    expect(seen[1]!.kernels[0]).toEqual(later.map((v, i) => (i < 16 ? v : 0)));
    expect(Array.from(seen[1]!.bias)).toEqual([1, 2, 3, 4, 5]);
    expect(await readWeight(model, 'a/kernel')).toEqual(later);
    model.dispose();
  });

  it('lotteryTicket trains its controls at the same sparsity of each layer, and what each of them leaves the same', async () => {
    const model = mlp();
    const start = await kernels(model);
    const fresh = spread(20, 9).map((v) => v + 3);
    const seen: Seen[] = [];
    const rounds = await all(
      lotteryTicket(model, {
        train: scripted(seen),
        rounds: 2,
        fraction: 0.4,
        controls: ['reinitialized', 'randomMask', 'shuffled'],
        reinitialize: (net) => setWeight(net as tf.LayersModel, 'a/kernel', fresh),
        seed: 4,
      }),
    );
    expect(rounds[0]!.controls).toEqual({});
    expect(rounds[2]!.controls).toEqual({
      reinitialized: '2 reinitialized',
      randomMask: '2 randomMask',
      shuffled: '2 shuffled',
    });
    for (const round of [1, 2]) {
      const of = (control: string | null) => seen.find((one) => one.round === round && one.control === control)!;
      const ticket = of(null);
      const places = ticket.kernels.map((values) => Array.from(values, (v) => v !== 0));
      const kept = ticket.kernels.map((values) => nonzero(values).length);
      for (const control of ['reinitialized', 'randomMask', 'shuffled']) {
        const one = of(control);
        expect(one.sparsity).toBe(ticket.sparsity);
        expect(one.kernels.map((values) => nonzero(values).length)).toEqual(kept);
        const there = one.kernels.map((values) => Array.from(values, (v) => v !== 0));
        if (control === 'randomMask') expect(there).not.toEqual(places);
        else expect(there).toEqual(places);
      }
      expect(of('reinitialized').kernels[0]).toEqual(fresh.map((v, i) => (places[0]![i] ? v : 0)));
      const random = of('randomMask').kernels;
      for (const k of [0, 1]) {
        expect(random[k]).toEqual(start[k]!.map((v, i) => (random[k]![i] === 0 ? 0 : v)));
        const exchanged = of('shuffled').kernels[k]!;
        expect(sorted(exchanged)).toEqual(sorted(ticket.kernels[k]!));
      }
      expect(of('shuffled').kernels[0]).not.toEqual(ticket.kernels[0]);
    }
    // The controls leave no trace: the tickets are those of a lottery without.
    const alone: Seen[] = [];
    await all(lotteryTicket(model, { train: scripted(alone), rounds: 2, fraction: 0.4 }));
    expect(seen.filter(({ control }) => control === null)).toEqual(alone);
    model.dispose();
  });

  it('lotteryTicket in a round: the model is the trained ticket; after break it is as it was', async () => {
    const model = mlp();
    const { x, y } = batch(8);
    const start = await kernels(model);
    const train = async (net: LayerLike) => {
      const one = net as unknown as tf.Sequential;
      one.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      const { history } = await one.fit(x, y, { epochs: 2, verbose: 0 });
      return history.loss!.at(-1) as number;
    };
    for await (const { round, sparsity, result } of lotteryTicket(model, { train, rounds: 5, fraction: 0.3 })) {
      expect(result).toBeGreaterThan(0);
      const trained = await kernels(model);
      expect(trained).not.toEqual(start);
      expect(trained.flatMap((values) => Array.from(values)).filter((v) => v === 0)).toHaveLength(
        Math.round(35 * sparsity),
      );
      if (round === 2) break;
    }
    expect(await kernels(model)).toEqual(start);
    expect(parametrizationsOf(model)).toEqual([]);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('lotteryTicket: a training that fails ends it, the weights are those of the start, nothing is left in memory', async () => {
    const model = mlp();
    const start = await kernels(model);
    const leak = await leakOf(async () => {
      const seen: Seen[] = [];
      const train = async (net: LayerLike, training: LotteryTraining) => {
        await scripted(seen)(net, training);
        if (training.round === 1) throw new Error('no more data');
      };
      await expect(all(lotteryTicket(model, { train, rounds: 3 }))).rejects.toThrow('no more data');
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    expect(await kernels(model)).toEqual(start);
    model.dispose();
  });

  it('lotteryTicket refuses bad options at once', () => {
    const model = mlp();
    const right = { train: async () => 0, rounds: 1 };
    const refused = (options: object, message: string) =>
      expect(() => lotteryTicket(model, { ...right, ...options } as LotteryOptions<number>)).toThrow(message);
    refused({ rounds: -1 }, 'lotteryTicket: rounds must be an integer of 0 or more, got -1');
    refused({ fraction: 1 }, 'lotteryTicket: fraction must be in (0, 1), got 1');
    refused({ train: 1 }, 'lotteryTicket: train must be a function, got 1');
    refused(
      { controls: ['dense'] },
      'lotteryTicket: controls must be of reinitialized, randomMask, shuffled, got "dense"',
    );
    refused({ controls: ['shuffled', 'shuffled'], seed: 1 }, 'lotteryTicket: controls must be named once');
    refused({ controls: ['shuffled'] }, 'lotteryTicket: seed must be a safe integer, got undefined');
    refused(
      { controls: ['reinitialized'] },
      "lotteryTicket: reinitialize must be a function where a control is 'reinitialized'",
    );
    refused({ scope: 'erk' }, "lotteryTicket: scope must be 'global' or 'layer', got \"erk\"");
    refused({ filter: 'none' }, 'lotteryTicket: filter must match');
    const shift = parametrize(weightsOf(model, 'a/kernel')[0]!, { forward: (w) => tf.add(w, 1) });
    refused({}, 'lotteryTicket: weights must not be parametrized already, got a/kernel');
    shift.restore();
    model.dispose();
  });
});
