import { nodeData } from '@weightkit/datasets/node';
import type { Lesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import type { Params, Result } from './experiment.ts';
import { frozenMoved, last } from './figure.ts';
import { lesson } from './lesson.ts';
import { startLive } from './live.ts';
import { BASE } from './measure.ts';
import { INPUTS, movedBits, nextBits } from './network.ts';

const data = nodeData();
/** A few steps on networks that can be looked at; that no tensor is left is seen at the corners of the controls. */
const SMALL: Params = { ...BASE, old: 10, examples: 20, epochs: 1, units: 4, seed: 0 };
const run = (params: Partial<Params>): Promise<Result> => lesson.experiment({ ...SMALL, ...params }, { data });

describe('freezing', () => {
  it('what freeze() froze has the same bits after training, and with stock the statistics of batch norm move', async () => {
    for (const [first, second] of [
      [false, true],
      [true, true],
    ] as const) {
      const { nets, verified } = await run({ first, second });
      const [library, stock, plain] = nets.map(last);
      const entries = (first ? 4 * INPUTS + 16 : 0) + (second ? 16 + 16 : 0);
      const statistics = 8 * (Number(first) + Number(second));
      expect(frozenMoved(library!, { first, second })).toEqual({ all: entries, moved: 0, statistics: 0 });
      expect(verified).toEqual({ entries, moved: 0 });
      expect(frozenMoved(stock!, { first, second })).toEqual({ all: entries, moved: statistics, statistics });
      // What is not frozen learns, in all three.
      for (const moment of [library!, stock!, plain!]) expect(moment.moved['output/kernel']).toBeGreaterThan(0);
      expect(plain!.moved['norm1/movingMean']).toBe(4);
      if (first && second) expect(library!.old).toBe(nets[0]!.moments[0]!.old);
    }
  }, 60_000);

  it('one unit in the last place is caught, and put back it is not', async () => {
    const { caught } = await run({ first: false });
    expect(caught).toMatchObject({ path: 'layer2/kernel', entries: 1 });
    expect(caught!.is).toBe(nextBits(caught!.was));
    for (const [x, next] of [
      [1, 1 + 2 ** -23],
      [-1, -1 - 2 ** -23],
      [0, 2 ** -149],
      [2 ** -149, 2 ** -148],
    ] as const)
      expect(nextBits(x)).toBe(next);
    expect(movedBits(Float32Array.of(0, 1, 2), Float32Array.of(-0, 1, nextBits(2)))).toBe(2);
  });

  it('nothing frozen: three networks that are the same, and nothing to verify', async () => {
    const { nets, verified, caught } = await run({ first: false, second: false });
    expect([verified, caught]).toEqual([undefined, undefined]);
    expect(nets[1]!.moments).toEqual(nets[0]!.moments);
    expect(last(nets[2]!)).toMatchObject({ fresh: last(nets[0]!).fresh, old: last(nets[0]!).old });
  });

  it('answers what the page asks: 48 of 432, the statistics', async () => {
    const values = { ...SMALL, units: 12, contrast: 1 };
    const result = await run(values);
    expect(lesson.answer(result, values)).toBe('48, the statistics of batch norm');
    expect(lesson.check(result, values)).toMatchObject({ met: false, text: expect.stringMatching(/contrast/) });
  });

  it('parts of networks that train are frozen and given back: still while they are, moving before and after', async () => {
    const { train } = await data.digits({ train: 100, test: 1 });
    const live = await startLive(train, 1);
    const largest = (net: { changes: { path: string; rows: number[][] }[] }, path: string) =>
      Math.max(
        ...net.changes
          .find((one) => one.path === path)!
          .rows.flat()
          .map(Math.abs),
      );
    const stepAndLook = async () => {
      await live.step();
      return live.look();
    };
    try {
      expect(await live.moveOne()).toBeUndefined();
      const begun = await stepAndLook();
      // The same network twice, until one of them is frozen otherwise.
      expect(begun.nets[1]!.changes).toEqual(begun.nets[0]!.changes);
      expect(largest(begun.nets[0]!, 'layer1/kernel')).toBeGreaterThan(0);
      await live.toggle(0);
      await live.look();
      const { frozen, nets } = await stepAndLook();
      expect(frozen).toEqual([true, false, false]);
      expect(nets.map(({ frozen, moved }) => [frozen, moved])).toEqual([
        [12 * (INPUTS + 4), 0],
        [12 * (INPUTS + 4), 24],
      ]);
      for (const net of nets) expect(largest(net, 'layer1/kernel')).toBe(0);
      expect(largest(nets[0]!, 'norm1/movingMean')).toBe(0);
      expect(largest(nets[1]!, 'norm1/movingMean')).toBeGreaterThan(0);
      const told = await live.moveOne();
      expect(told).toMatchObject({ path: 'layer1/kernel', is: nextBits(told!.was) });
      // All frozen: nothing is left to train, and no step is taken.
      await live.toggle(1);
      await live.toggle(2);
      expect((await stepAndLook()).steps).toBe(2);
      for (const part of [0, 1, 2]) await live.toggle(part);
      const freed = await stepAndLook();
      expect(freed.nets.map(({ frozen, moved }) => [frozen, moved])).toEqual([
        [0, 0],
        [0, 0],
      ]);
      for (const net of freed.nets) expect(largest(net, 'layer1/kernel')).toBeGreaterThan(0);
    } finally {
      live.dispose();
    }
  }, 60_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const tiny = {
      second: [false],
      contrast: [0.1],
      old: [100],
      epochs: [1],
      examples: [20],
      units: [4],
      rate: [0.3],
      seed: [0],
    };
    for (const values of cornersOf(lesson as unknown as Lesson, tiny))
      await expectSound(lesson as unknown as Lesson, values);
  }, 120_000);

  it.each([
    [{ contrast: 2 }, 'freezing: contrast must be in [0.01, 1], got 2'],
    [{ units: 4.5 }, 'freezing: units must be an integer, got 4.5'],
    [{ seed: 0.5 }, 'freezing: seed must be a safe integer, got 0.5'],
  ])('refuses %j', async (wrong, message) => {
    await expect(lesson.experiment({ ...BASE, seed: 0, ...wrong }, { data })).rejects.toThrow(message);
  });
});
