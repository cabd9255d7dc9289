import * as tf from '@tensorflow/tfjs';
import { finiteValues, isParametrized, parametrizationsOf, saveFolded, weightsOf } from '@weightkit/core';
import { quantizeModel, save } from '@weightkit/quantization';
import { tie } from '@weightkit/transfer-freeze';
import { weightNormModel } from '@weightkit/weightnorm';
import { describe, expect, it } from 'vitest';
import { artifactsOf, leakOf, loadStock, maxAbsDifference, valuesOf } from '../src/index.ts';
import { withoutSyncReads } from '../src/sync-reads.ts';
import {
  type Kind as Beside,
  BITS,
  LONGEST,
  PLACE as PLACE_BESIDE,
  type Placed as PlacedBeside,
  sigmaOf,
} from './composed.ts';
import table from './composition.json' with { type: 'json' };

/** What can be put on a weight; of a tie it is the source. */
type Kind = Beside | 'tie';
type Placed = Omit<PlacedBeside, 'kind'> & { kind: Kind };

/** What the table promises of one kind put on a weight after another; the site shows it (scripts/lib/composition.mjs). */
interface Cell {
  first: Kind;
  second: Kind;
  /** The message of the second; the rest is absent then. */
  refused?: string;
  /** Pruned entries are +0. */
  zeros?: boolean;
  /** Values are on one grid; on one, or 0; or in each unit multiples of a step of its own. */
  grid?: 'one' | 'and zero' | 'by unit';
  /** Units are as long as g says, or at most that. */
  lengths?: 'exact' | 'at most';
  /** The largest singular value is 1, as near as the power iteration comes. */
  sigma?: 'one';
  /** Units are no longer than the constraint allows. */
  norms?: 'at most';
  /** The entries that are frozen stand still, bit for bit, and others do not. */
  entries?: true;
  /** The weight that is tied to this one is it, transposed, bit for bit. */
  tied?: true;
  /**
   * What does not move by a bit: what the layer computes with, or the variable under it, while the second changes the former; of an
   * adapter the variable under it, and `verify` says so.
   */
  still?: 'computed' | 'raw' | 'base';
  /** The second cannot be folded before the first; its message where that is another one than that of a missing right inverse. */
  foldFirst?: true | string;
}

const CELLS = table as Cell[];
const PATH = 'l/kernel';
const TARGET = 'mirror/kernel';

/** Puts each kind on the weight at a path. */
const PLACE: Readonly<Record<Kind, (model: tf.LayersModel, path: string) => Promise<Placed>>> = {
  ...PLACE_BESIDE,
  async tie(model, path) {
    const tied = tie(model, TARGET, path, { transposed: true });
    return { kind: 'tie', apply: (w) => tf.clone(w), fold: () => tied.untie(), restore: () => tied.restore() };
  },
};
const KINDS = Object.keys(PLACE) as Kind[];

const [ROWS, UNITS] = [6, 8];
const STEPS = 4;
const nothing = { tensors: 0, variables: 0 };

const ramp = (shape: number[], from: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(from + 1.7 * i)),
    shape,
  );

interface Trial {
  /** The three layers, and what adapters have put around them. */
  model: tf.LayersModel;
  fit(optimizer: 'sgd' | 'adam'): Promise<void>;
  predict(model?: tf.LayersModel): Promise<Float32Array>;
  /** What layer l computes with. */
  kernel(): Promise<Float32Array>;
  /** The variables of layer l's kernel. */
  raw(): tf.Variable;
}

/** Runs `body` on three dense layers, of which the first has the weight in question, and disposes everything. */
async function onTrial(body: (trial: Trial) => Promise<void>): Promise<void> {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: UNITS, inputShape: [ROWS], activation: 'tanh', name: 'l' }),
      tf.layers.dense({ units: ROWS, activation: 'tanh', name: 'mirror' }),
      tf.layers.dense({ units: 2, name: 'out' }),
    ],
  });
  for (const [i, weight] of weightsOf(model).entries()) {
    const value = ramp([...weight.shape], i);
    weight.write(value);
    value.dispose();
  }
  const [x, y] = [ramp([4, ROWS], 5), ramp([4, 2], 6)];
  const trial: Trial = {
    model,
    async fit(name) {
      const optimizer = name === 'sgd' ? tf.train.sgd(0.1) : tf.train.adam(0.05);
      trial.model.compile({ optimizer, loss: 'meanSquaredError' });
      const { history } = await trial.model.fit(x, y, { epochs: STEPS, batchSize: 4, shuffle: false, verbose: 0 });
      optimizer.dispose();
      expect((history.loss as number[]).every(Number.isFinite)).toBe(true);
    },
    predict: (m = trial.model) => valuesOf(m.predict(x) as tf.Tensor),
    kernel: () => finiteValues('composition', weightsOf(trial.model, PATH)[0]!),
    raw: () => weightsOf(trial.model, PATH)[0]!.variable!,
  };
  try {
    await body(trial);
  } finally {
    model.dispose();
    tf.dispose([x, y]);
  }
}

/** Puts a kind on the weight; where that makes a new model, it is the one that trains until it is taken off. */
async function put(trial: Trial, kind: Kind): Promise<Placed> {
  const before = trial.model;
  const placed = await PLACE[kind](before, PATH);
  if (!placed.model) return placed;
  trial.model = placed.model;
  const ending = (end: () => void) => () => {
    end();
    trial.model = before;
  };
  return { ...placed, fold: ending(placed.fold), restore: ending(placed.restore) };
}

const bitsOf = (values: Float32Array) => Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length));
const columnsOf = (kernel: Float32Array) =>
  Array.from({ length: UNITS }, (_, unit) => Array.from(kernel.filter((_w, i) => i % UNITS === unit)));
const copy = async (tensor: tf.Tensor) => Float32Array.from(await tensor.data());

/** Every value is a whole number of steps from 0: up to 7, by a step, a product and a unit's factor that are each within 2^-20. */
function expectMultiples(values: readonly number[], step: number): void {
  for (const value of values) expect(Math.abs(value / step - Math.round(value / step))).toBeLessThan(7 * 3 * 2 ** -20);
}

/** The step of a grid that has all its codes or not: the range of what was rounded over the levels. */
async function stepOf(below: tf.Tensor): Promise<number> {
  const values = await valuesOf(below);
  return (Math.max(...values) - Math.min(...values)) / (2 ** BITS - 1);
}

async function expectGrid(grid: Cell['grid'], kernel: Float32Array, below: tf.Tensor, rounded: tf.Tensor) {
  const step = await stepOf(below);
  const codes = await valuesOf(rounded);
  if (grid === 'by unit') {
    // One factor for a unit: its length over that of its codes.
    const [values, whole] = [columnsOf(kernel), columnsOf(codes)];
    for (const [unit, column] of values.entries())
      expectMultiples(column, (step * Math.hypot(...column)) / Math.hypot(...whole[unit]!));
    return;
  }
  expectMultiples(Array.from(kernel), step);
  const others = grid === 'and zero' ? kernel.filter((w) => w !== 0) : kernel;
  expect(new Set(others).size).toBeLessThanOrEqual(2 ** BITS);
}

/** What the stack is to compute from the raw variable; disposed by the caller. */
const composed = (trial: Trial, placed: readonly Placed[]): tf.Tensor =>
  tf.tidy(() => tf.clone(placed.reduce<tf.Tensor>((below, { apply }) => apply(below), trial.raw())));

/** Everything that a cell promises of the weight as it is. */
async function expectPromises(cell: Cell, trial: Trial, placed: readonly Placed[]): Promise<void> {
  const kernel = await trial.kernel();
  expect(bitsOf(kernel)).toEqual(bitsOf(await valuesOf(composed(trial, placed))));
  if (cell.zeros) {
    const { pruning } = placed.find((one) => one.pruning)!;
    expect(await pruning!.verify()).toMatchObject({ pruned: (ROWS * UNITS) / 2, nonzero: 0 });
    const mask = await pruning!.masks[PATH]!.data();
    for (const [i, bit] of mask.entries()) if (bit === 0) expect(Object.is(kernel[i], 0)).toBe(true);
  }
  if (cell.grid) {
    const i = placed.map(({ kind }) => kind).lastIndexOf('fake quantization');
    // Of two grids the last; what went into it has the range that its step divides.
    await expectGrid(cell.grid, kernel, composed(trial, placed.slice(0, i)), composed(trial, placed.slice(0, i + 1)));
  }
  // The vectors are those of before the last step.
  if (cell.sigma) expect(Math.abs(sigmaOf(kernel, UNITS) - 1)).toBeLessThan(0.1);
  if (cell.norms)
    for (const column of columnsOf(kernel)) expect(Math.hypot(...column)).toBeLessThanOrEqual((1 + 2 ** -20) * LONGEST);
  if (cell.tied) {
    const mirrored = columnsOf(kernel).flat();
    expect(bitsOf(await finiteValues('composition', weightsOf(trial.model, TARGET)[0]!))).toEqual(
      bitsOf(Float32Array.from(mirrored)),
    );
  }
  if (cell.lengths) {
    const g = await copy(placed.find((one) => one.g)!.g!);
    // Each entry of w is g · v / ‖v‖ to four roundings, 2^-22 of it as documented, on WebGPU four times that.
    for (const [unit, column] of columnsOf(kernel).entries()) {
      const [length, wanted] = [Math.hypot(...column), Math.abs(g[unit]!)];
      if (cell.lengths === 'exact') expect(Math.abs(length - wanted)).toBeLessThanOrEqual(2 ** -20 * wanted);
      else expect(length).toBeLessThanOrEqual((1 + 2 ** -20) * wanted);
    }
  }
}

/** What is written loads in stock TensorFlow.js; the very weights are in the file, so that predictions are the same bits. */
async function expectStockPredictsTheSame(cell: Cell, trial: Trial): Promise<void> {
  const stock = await loadStock(await artifactsOf((handler) => saveFolded(trial.model, handler)));
  const [ours, theirs] = [await trial.predict(), await trial.predict(stock)];
  stock.dispose();
  expect(bitsOf(theirs)).toEqual(bitsOf(ours));

  const quantized = await quantizeModel(trial.model, { dtype: 'uint8' });
  const small = await loadStock(await artifactsOf((handler) => save(quantized, handler)));
  const [before, after] = [await trial.kernel(), await copy(small.getLayer('l').getWeights()[0]!)];
  small.dispose();
  const { maxError, bound } = quantized.report.weights.find(({ path }) => path === PATH)!;
  expect(maxError).toBeLessThanOrEqual(bound);
  // The file holds the codes of the very weights; a loader's product and sum may round other than ours, by 2^-22 of the range.
  const slack = 2 ** -21 * Math.max(...before.map(Math.abs));
  expect(maxAbsDifference(before, after)).toBeLessThanOrEqual(maxError + slack);
  if (cell.zeros) for (const [i, w] of before.entries()) if (w === 0) expect(after[i]).toBe(0);
}

async function train(cell: Cell, optimizer: 'sgd' | 'adam'): Promise<void> {
  await onTrial(async (trial) => {
    const placed = [await put(trial, cell.first), await put(trial, cell.second)];
    await expectPromises(cell, trial, placed);
    const variables = [trial.raw(), ...placed.flatMap(({ g }) => g ?? [])];
    const before = await Promise.all(variables.map(copy));
    const output = await copy(trial.model.layers.at(-1)!.getWeights()[0]!);
    await trial.fit(optimizer);
    await expectPromises(cell, trial, placed);
    expect(await copy(trial.model.layers.at(-1)!.getWeights()[0]!)).not.toEqual(output);
    for (const [i, variable] of variables.entries()) {
      const same = JSON.stringify(bitsOf(await copy(variable))) === JSON.stringify(bitsOf(before[i]!));
      expect(same).toBe(cell.still !== undefined);
    }
    for (const { entries } of placed) {
      if (!entries) continue;
      expect((await entries.frozen.verify()).moved).toEqual([]);
      const after = await copy(variables[0]!);
      for (const [i, held] of entries.mask.entries())
        if (held) expect(Object.is(after[i], before[0]![i])).toBe(true);
        else if (cell.entries && !cell.zeros) expect(after[i]).not.toBe(before[0]![i]);
    }
    const frozen = placed.flatMap((one) => one.frozen ?? []);
    for (const one of frozen) expect((await one.verify()).moved.length).toBe(cell.still === 'raw' ? 1 : 0);
    await expectStockPredictsTheSame(cell, trial);
    for (const { restore } of placed.reverse()) restore();
  });
}

/** Takes one off, then the other, each folded or restored. */
async function takeOff(cell: Cell, order: readonly number[], how: readonly ('fold' | 'restore')[]): Promise<void> {
  await onTrial(async (trial) => {
    const original = bitsOf(await trial.kernel());
    const kinds = [cell.first, cell.second];
    const placed: Placed[] = [];
    for (const kind of kinds) placed.push(await put(trial, kind));
    const left = [...placed];
    const untrained = how.every((one) => one === 'restore');
    if (!untrained) await trial.fit('sgd');
    for (const [turn, i] of order.entries()) {
      const one = placed[i]!;
      const before = await trial.kernel();
      const rest = left.filter((other) => other !== one);
      const raw = await copy(trial.raw());
      if (how[turn] === 'fold' && turn === 0 && i === 1 && cell.foldFirst) {
        expect(() => one.fold()).toThrow(
          cell.foldFirst === true
            ? 'every parametrization below must have a rightInverse, got one without at l/kernel'
            : cell.foldFirst,
        );
        expect(bitsOf(await trial.kernel())).toEqual(bitsOf(before));
        expect(bitsOf(await copy(trial.raw()))).toEqual(bitsOf(raw));
        for (const { restore } of [...placed].reverse()) restore();
        return;
      }
      one[how[turn]!]();
      left.splice(left.indexOf(one), 1);
      const after = await trial.kernel();
      expect(bitsOf(after)).toEqual(bitsOf(await valuesOf(composed(trial, rest))));
      // A weight that nothing has moved gets its bits from before a constraint back.
      const isStill = untrained || cell.still !== undefined;
      if (one.kind === 'constraint' && how[turn] === 'restore' && isStill) continue;
      if (how[turn] === 'restore') expect(bitsOf(await copy(trial.raw()))).toEqual(bitsOf(raw));
      // Nothing above recomputes what was folded, or it does so to what it has promised: the weight of 4 roundings, times 4 on WebGPU.
      else expect(maxAbsDifference(after, before)).toBeLessThanOrEqual(2 ** -20 * Math.max(...before.map(Math.abs)));
    }
    expect(isParametrized(trial.model)).toBe(false);
    expect(bitsOf(await trial.kernel())).toEqual(bitsOf(await copy(trial.raw())));
    if (untrained) expect(bitsOf(await trial.kernel())).toEqual(original);
    // A plain layer trains on, with a new optimizer.
    const before = await trial.kernel();
    await trial.fit('adam');
    expect(await trial.kernel()).not.toEqual(before);
  });
}

async function refuse({ first, second, refused }: Cell): Promise<void> {
  await onTrial(async (trial) => {
    const placed = await put(trial, first);
    await trial.fit('sgd');
    const state = async () => [
      bitsOf(await trial.kernel()),
      bitsOf(await copy(trial.raw())),
      trial.model.weights.length,
    ];
    const before = await state();
    expect(await leakOf(() => expect(PLACE[second](trial.model, PATH)).rejects.toThrow(refused!))).toEqual(nothing);
    expect(await state()).toEqual(before);
    placed.restore();
  });
}

const ORDERS = [
  [0, 1],
  [1, 0],
] as const;
const WAYS = (['fold', 'restore'] as const).flatMap((a) => (['fold', 'restore'] as const).map((b) => [a, b] as const));
const OPTIMIZERS = ['sgd', 'adam'] as const;

/** Of these every pair is tried in every way; the others are many, and much alike. */
const OFTEN: readonly Kind[] = [
  'mask',
  'fake quantization',
  'weight norm',
  'spectral norm',
  'constraint',
  'freeze',
  'LoRA',
  'tie',
];
/** All of the list, or one and for the next cell the next. */
const some = <T>(all: readonly T[], cell: number, isWhole: boolean): readonly T[] =>
  isWhole ? all : [all[cell % all.length]!];
const isFast = ['cpu', 'wasm'].includes(tf.getBackend());

/** Of a cell the optimizers that train it, and how it is taken off: elsewhere than on cpu and wasm, where it takes minutes, in one way. */
function waysOf({ first, second }: Cell, place: number) {
  const isWhole = isFast && OFTEN.includes(first) && OFTEN.includes(second);
  const orders = some(ORDERS, place, isFast);
  return {
    optimizers: some(OPTIMIZERS, place, isWhole),
    takenOff: orders.flatMap((order, i) => some(WAYS, place + i, isWhole).map((how) => ({ order, how }))),
  };
}

const checked = (run: () => Promise<void>) => async () =>
  expect(await withoutSyncReads(() => leakOf(run))).toEqual(nothing);

it('the table has every pair in both orders', () => {
  const pairs = KINDS.flatMap((first) => KINDS.map((second) => `${first}, ${second}`));
  expect(CELLS.map(({ first, second }) => `${first}, ${second}`)).toEqual(pairs);
});

for (const [place, cell] of CELLS.entries())
  describe(`${cell.first}, then ${cell.second}`, () => {
    if (cell.refused !== undefined) {
      it(
        `is refused: ${cell.refused}`,
        checked(() => refuse(cell)),
      );
      return;
    }
    const { optimizers, takenOff } = waysOf(cell, place);
    for (const optimizer of optimizers)
      it(
        `computes the second of the first while ${optimizer} trains it, is saved, and loads in stock`,
        checked(() => train(cell, optimizer)),
      );
    for (const { order, how } of takenOff) {
      const steps = order.map((i, turn) => `${how[turn]} the ${i === 0 ? 'first' : 'second'}`);
      it(
        `${steps.join(', then ')}`,
        checked(() => takeOff(cell, order, how)),
      );
    }
  });

/** Puts kinds on a fresh model in turn, and gives it to `body`. */
async function onStack(kinds: readonly Kind[], body: (trial: Trial, placed: Placed[]) => Promise<void>, shift = 0) {
  await onTrial(async (trial) => {
    const moved = tf.tidy(() => tf.add(weightsOf(trial.model, PATH)[0]!.variable!, shift));
    weightsOf(trial.model, PATH)[0]!.write(moved);
    moved.dispose();
    const placed: Placed[] = [];
    for (const kind of kinds) placed.push(await put(trial, kind));
    await body(trial, placed);
    for (const { restore } of placed.reverse()) restore();
  });
}

describe('the order that the guide names', () => {
  it(
    'mask, weight norm, fake quantization, freeze: all that they promise holds at once',
    checked(() =>
      onStack(['mask', 'weight norm', 'fake quantization'], async (trial, placed) => {
        const cell: Cell = { first: 'mask', second: 'fake quantization', zeros: true, grid: 'one' };
        for (const optimizer of ['sgd', 'adam'] as const) {
          await trial.fit(optimizer);
          await expectPromises(cell, trial, placed);
          await expectStockPredictsTheSame(cell, trial);
        }
        const still = await PLACE.freeze(trial.model, PATH);
        const before = await trial.kernel();
        await trial.fit('adam');
        expect(bitsOf(await trial.kernel())).toEqual(bitsOf(before));
        expect((await still.frozen!.verify()).moved).toEqual([]);
        still.restore();
      }),
    ),
  );

  for (const i of [0, 1, 2])
    it(
      `mask, weight norm, fake quantization: number ${i + 1} can be folded before the others`,
      checked(() =>
        onStack(['mask', 'weight norm', 'fake quantization'], async (trial, placed) => {
          await trial.fit('sgd');
          const before = await trial.kernel();
          placed[i]!.fold();
          placed.splice(i, 1);
          const after = await trial.kernel();
          expect(bitsOf(after)).toEqual(bitsOf(await valuesOf(composed(trial, placed))));
          // As in takeOff; no entry lies so near the middle between two values of the grid that it would change sides.
          expect(maxAbsDifference(after, before)).toBeLessThanOrEqual(2 ** -20 * Math.max(...before.map(Math.abs)));
        }),
      ),
    );

  it(
    'of weights that are all positive, 0 is on the grid where the mask comes first, and off it where it comes last',
    checked(async () => {
      const gridOf = ([a, b]: readonly Kind[]) => CELLS.find(({ first, second }) => first === a && second === b)!.grid;
      const distinct = async (kinds: readonly Kind[], values: number) =>
        onStack(
          kinds,
          async (trial) => {
            const kernel = await trial.kernel();
            expect(kernel.filter((w) => w === 0)).toHaveLength((ROWS * UNITS) / 2);
            const rounded = [...new Set(kernel)].sort((a, b) => a - b);
            expect(rounded.length).toBeLessThanOrEqual(values);
            // The next value above 0 is a whole number of steps from it, or not.
            const step = rounded.at(-1)! - rounded.at(-2)!;
            const off = Math.abs(rounded[1]! / step - Math.round(rounded[1]! / step));
            if (gridOf(kinds) === 'one') expect(off).toBeLessThan(2 ** -16);
            else expect(off).toBeGreaterThan(2 ** -4);
          },
          1.25,
        );
      await distinct(['mask', 'fake quantization'], 2 ** BITS);
      await distinct(['fake quantization', 'mask'], 2 ** BITS + 1);
    }),
  );
});

describe('weightNormModel', () => {
  for (const kind of ['mask', 'fake quantization'] as const)
    for (const isFirst of [true, false])
      it(
        `${isFirst ? 'before' : 'after'} ${kind} does what weightNorm does`,
        checked(async () => {
          let wanted: number[] = [];
          const kinds: Kind[] = isFirst ? ['weight norm', kind] : [kind, 'weight norm'];
          await onStack(kinds, async (trial) => {
            wanted = bitsOf(await trial.kernel());
          });
          await onTrial(async (trial) => {
            const norm = () => weightNormModel(trial.model, { filter: PATH });
            const normed = isFirst ? await norm() : undefined;
            const other = await PLACE[kind](trial.model, PATH);
            const then = normed ?? (await norm());
            expect(bitsOf(await trial.kernel())).toEqual(wanted);
            then.restore();
            other.restore();
          });
        }),
      );

  it(
    'after freeze leaves the weight out, by its path, and changes nothing',
    checked(() =>
      onStack(['freeze'], async (trial) => {
        const normed = await weightNormModel(trial.model, { filter: PATH });
        expect(normed.report()).toMatchObject({
          normalized: [],
          skipped: [{ path: PATH, reason: 'is not trainable' }],
        });
        expect(parametrizationsOf(trial.model)).toEqual([]);
        expect(normed.needsRecompile).toBe(false);
      }),
    ),
  );
});

it(
  'weight norm on a layer whose own flag is off: the lengths stand still with it, and train with it',
  checked(() =>
    onTrial(async (trial) => {
      trial.model.layers[0]!.trainable = false;
      const norm = await PLACE['weight norm'](trial.model, PATH);
      const before = await trial.kernel();
      await trial.fit('adam');
      expect(bitsOf(await trial.kernel())).toEqual(bitsOf(before));
      trial.model.layers[0]!.trainable = true;
      const g = await copy(norm.g!);
      await trial.fit('adam');
      expect(await copy(norm.g!)).not.toEqual(g);
      norm.restore();
    }),
  ),
);
