import * as tf from '@tensorflow/tfjs';
import { finiteValues, isParametrized, saveFolded, weightsOf } from '@weightkit/core';
import { type Tied, tie } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import { artifactsOf, leakOf, loadStock, maxAbsDifference, valuesOf } from '../src/index.ts';
import { withoutSyncReads } from '../src/sync-reads.ts';
import { ADAPTERS, BITS, type Kind, LONGEST, ofAdapters, PLACE, type Placed, sigmaOf } from './composed.ts';

// What lies on a weight beside `tie`: a decoder's kernel is that of its encoder, transposed.

const [SOURCE, TARGET] = ['encoder/kernel', 'decoder/kernel'];
const [INPUTS, UNITS] = [6, 4];
const STEPS = 3;
const nothing = { tensors: 0, variables: 0 };
/** A bottleneck makes a new model, which the whole table has. */
type OnWeight = Exclude<Kind, 'bottleneck'>;
const KINDS = Object.keys(PLACE).filter((kind) => kind !== 'bottleneck') as OnWeight[];

const ramp = (shape: number[], from: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(from + 1.7 * i)),
    shape,
  );

interface Trial {
  model: tf.Sequential;
  tie(): Tied;
  fit(): Promise<void>;
  predict(model?: tf.LayersModel): Promise<number[]>;
  kernel(path: string): Promise<Float32Array>;
}

const bits = (values: Float32Array) => Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length));

async function onTrial(body: (trial: Trial) => Promise<void>): Promise<void> {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: UNITS, inputShape: [INPUTS], activation: 'tanh', name: 'encoder' }),
      tf.layers.dense({ units: INPUTS, name: 'decoder' }),
    ],
  });
  for (const [i, weight] of weightsOf(model).entries()) {
    const value = ramp([...weight.shape], i);
    weight.write(value);
    value.dispose();
  }
  const [x, y] = [ramp([5, INPUTS], 7), ramp([5, INPUTS], 8)];
  const optimizer = tf.train.adam(0.05);
  try {
    await body({
      model,
      tie: () => tie(model, TARGET, SOURCE, { transposed: true }),
      async fit() {
        model.compile({ optimizer, loss: 'meanSquaredError' });
        const { history } = await model.fit(x, y, { epochs: STEPS, batchSize: 5, shuffle: false, verbose: 0 });
        expect((history.loss as number[]).every(Number.isFinite)).toBe(true);
      },
      predict: async (m = model) => bits(await valuesOf(m.predict(x) as tf.Tensor)),
      kernel: (path) => finiteValues('tied', weightsOf(model, path)[0]!),
    });
  } finally {
    model.dispose();
    optimizer.dispose();
    tf.dispose([x, y]);
  }
}

/** The same matrix in both places, bit for bit. */
async function expectOne({ kernel }: Trial): Promise<Float32Array> {
  const source = await kernel(SOURCE);
  const mirrored = new Float32Array(source.length);
  for (let i = 0; i < INPUTS; i++) for (let u = 0; u < UNITS; u++) mirrored[u * INPUTS + i] = source[i * UNITS + u]!;
  expect(bits(await kernel(TARGET))).toEqual(bits(mirrored));
  return source;
}

/** What each keeps of the weight in training, as in the table. */
const KEEPS: Record<OnWeight, (kernel: Float32Array, before: Float32Array, placed: Placed) => Promise<void>> = {
  async mask(kernel, _before, { pruning }) {
    expect(await pruning!.verify()).toMatchObject({ pruned: (INPUTS * UNITS) / 2, nonzero: 0 });
    expect(kernel.filter((w) => Object.is(w, 0))).toHaveLength((INPUTS * UNITS) / 2);
  },
  async 'fake quantization'(kernel) {
    expect(new Set(kernel).size).toBeLessThanOrEqual(2 ** BITS);
  },
  async 'weight norm'(kernel, _before, { g }) {
    // Four roundings an entry, on WebGPU four times as large.
    for (const [unit, length] of (await g!.data()).entries()) {
      const own = Math.hypot(...kernel.filter((_w, i) => i % UNITS === unit));
      expect(Math.abs(own - Math.abs(length))).toBeLessThanOrEqual(2 ** -20 * Math.abs(length));
    }
  },
  async 'spectral norm'(kernel) {
    // The vectors are those of before the last step.
    expect(Math.abs(sigmaOf(kernel, UNITS) - 1)).toBeLessThan(0.1);
  },
  async constraint(kernel) {
    for (let unit = 0; unit < UNITS; unit++)
      expect(Math.hypot(...kernel.filter((_w, i) => i % UNITS === unit))).toBeLessThanOrEqual((1 + 2 ** -20) * LONGEST);
  },
  async 'frozen entries'(kernel, before, { entries }) {
    for (const [i, held] of entries!.mask.entries()) if (held) expect(Object.is(kernel[i], before[i])).toBe(true);
    expect((await entries!.frozen.verify()).moved).toEqual([]);
  },
  ...ofAdapters(async (_kernel: Float32Array, before: Float32Array, { base }: Placed) => {
    expect(bits(Float32Array.from(await base!.data()))).toEqual(bits(before));
  }),
  async freeze(kernel, before, { frozen }) {
    expect(bits(kernel)).toEqual(bits(before));
    expect((await frozen!.verify()).moved).toEqual([]);
  },
};

const checked = (run: (trial: Trial) => Promise<void>) => async () =>
  expect(await withoutSyncReads(() => leakOf(() => onTrial(run)))).toEqual(nothing);

for (const kind of KINDS)
  describe(`tie and ${kind}`, () => {
    for (const isFirst of [true, false])
      it(
        `${isFirst ? `tie, then ${kind} on its source` : `${kind}, then tie to that weight`}: both weights are one and what was promised, in training, saved for stock, and taken off`,
        checked(async (trial) => {
          const tiedFirst = isFirst ? trial.tie() : undefined;
          const placed = await PLACE[kind](trial.model, SOURCE);
          const tied = tiedFirst ?? trial.tie();
          await expectOne(trial);
          const [before, raw] = [
            await trial.kernel(SOURCE),
            Float32Array.from(await weightsOf(trial.model, SOURCE)[0]!.variable!.data()),
          ];
          await trial.fit();
          const kernel = await expectOne(trial);
          if (kind !== 'freeze') expect(bits(kernel)).not.toEqual(bits(before));
          await KEEPS[kind](kernel, ADAPTERS.includes(kind as never) ? raw : before, placed);
          const stock = await loadStock(await artifactsOf((handler) => saveFolded(trial.model, handler)));
          expect(await trial.predict(stock)).toEqual(await trial.predict());
          stock.dispose();
          const predicted = await trial.predict();
          // Taken off in this order, and in the other where they came in the other.
          if (isFirst) {
            placed.fold();
            expect(bits(await expectOne(trial))).toEqual(bits(kernel));
            tied.untie();
          } else {
            tied.untie();
            expect(await trial.predict()).toEqual(predicted);
            placed.fold();
          }
          expect(maxAbsDifference(await trial.kernel(SOURCE), kernel)).toBe(0);
          expect(await trial.predict()).toEqual(predicted);
          expect(isParametrized(trial.model)).toBe(false);
          expect(weightsOf(trial.model).every(({ trainable }) => trainable)).toBe(true);
        }),
      );
  });

/** What is refused at the weight that is tied to another, and how. */
const REFUSED: Record<OnWeight, { before?: string; after?: string }> = {
  mask: { before: 'tie: target must not be parametrized, got mask at decoder/kernel' },
  'fake quantization': { before: 'tie: target must not be parametrized, got fakeQuantization at decoder/kernel' },
  'weight norm': {
    before: 'tie: target must not be parametrized, got weightNorm at decoder/kernel',
    after: 'weightNorm: weight must not be frozen',
  },
  'spectral norm': {
    before: 'tie: target must not be parametrized, got spectralNorm at decoder/kernel',
    after: 'spectralNorm: weight must not be frozen',
  },
  constraint: {
    before: 'weight must not be constrained, got decoder/kernel with maxNorm',
    after: 'constrain: each of rules must have a weight that trains',
  },
  freeze: {},
  'frozen entries': {
    before: 'tie: weight must not be constrained, got decoder/kernel with frozen entries',
    after: 'freezeEntries: frozen entries must not meet another parametrization, got tie at decoder/kernel',
  },
  LoRA: { before: 'tie: target must not be parametrized, got lora at decoder/kernel' },
  rsLoRA: { before: 'tie: target must not be parametrized, got lora at decoder/kernel' },
  DoRA: { before: 'tie: target must not be parametrized, got dora at decoder/kernel' },
  PiSSA: { before: 'tie: target must not be parametrized, got pissa at decoder/kernel' },
  '(IA)³': { before: 'tie: target must not be parametrized, got ia3 at decoder/kernel' },
  VeRA: { before: 'tie: target must not be parametrized, got vera at decoder/kernel' },
};

for (const kind of KINDS)
  describe(`tie and ${kind} on its target`, () => {
    const { before: refusedBefore, after: refusedAfter } = REFUSED[kind];

    it(
      `${kind}, then tie: ${refusedBefore ?? 'both hold'}`,
      checked(async (trial) => {
        const placed = await PLACE[kind](trial.model, TARGET);
        const state = async () => [
          bits(await trial.kernel(TARGET)),
          bits(await trial.kernel(SOURCE)),
          trial.model.weights.length,
        ];
        const before = await state();
        if (refusedBefore === undefined) {
          const tied = trial.tie();
          await trial.fit();
          await expectOne(trial);
          tied.restore();
          expect(bits(await trial.kernel(TARGET))).toEqual(before[0]);
        } else {
          expect(() => trial.tie()).toThrow(refusedBefore);
          expect(await state()).toEqual(before);
        }
        placed.restore();
        expect(weightsOf(trial.model).every(({ trainable }) => trainable)).toBe(true);
      }),
    );

    it(
      `tie, then ${kind}: ${refusedAfter ?? 'it lies above what is tied'}`,
      checked(async (trial) => {
        const original = bits(await trial.kernel(TARGET));
        const tied = trial.tie();
        if (refusedAfter !== undefined) {
          const one = bits(await expectOne(trial));
          await expect(PLACE[kind](trial.model, TARGET)).rejects.toThrow(refusedAfter);
          expect(bits(await expectOne(trial))).toEqual(one);
          tied.restore();
          expect(bits(await trial.kernel(TARGET))).toEqual(original);
          return;
        }
        const placed = await PLACE[kind](trial.model, TARGET);
        const source = bits(await trial.kernel(SOURCE));
        await trial.fit();
        // An adapter holds all else but what `train` names, the source among it.
        expect(bits(await trial.kernel(SOURCE))).not.toEqual(source);
        const wanted = tf.tidy(() => {
          const [weight] = weightsOf(trial.model, SOURCE);
          return tf.clone(placed.apply(tf.transpose(weight!.read())));
        });
        expect(bits(await trial.kernel(TARGET))).toEqual(bits(await valuesOf(wanted)));
        const stock = await loadStock(await artifactsOf((handler) => saveFolded(trial.model, handler)));
        expect(await trial.predict(stock)).toEqual(await trial.predict());
        stock.dispose();
        placed.restore();
        await expectOne(trial);
        tied.restore();
        expect(bits(await trial.kernel(TARGET))).toEqual(original);
        expect(isParametrized(trial.model)).toBe(false);
      }),
    );
  });
