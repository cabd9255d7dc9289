import * as tf from '@tensorflow/tfjs';
import { tapOptimizer, weightsOf } from '@weightkit/core';
import { snapshot } from '../../src/comparison/snapshot.ts';
import type { DoctorData } from '../../src/doctor/doctor.ts';
import type { FaultCode, StepRange } from '../../src/doctor/finding.ts';
import { watch } from '../../src/training/watch.ts';
import type { WatchHistory } from '../../src/training/watch-history.ts';
import {
  type Architecture,
  type BuildOptions,
  type Built,
  build,
  type Cell,
  normals,
  type Shape,
  streamOf,
} from './models.ts';

/** A model with a fault, and what was planted where. */
export interface Planted extends Built {
  data: DoctorData;
  history: WatchHistory | undefined;
  layer: string;
  /** The step at which it happened. */
  step: number | null;
}

interface Bed {
  architecture: Architecture;
  built: Built;
  /** The layer that is to fall ill. */
  layer: string;
  /** Uniform in [0, 1). */
  next: () => number;
  cell: Cell;
  seed: number;
}

type Sickness = (bed: Bed) => Promise<Partial<Pick<Planted, 'data' | 'history' | 'layer' | 'step'>>>;

const weightAt = ({ built, layer }: Bed, property: string) =>
  weightsOf(built.model).find(({ path }) => path.startsWith(`${layer}/`) && path.endsWith(`/${property}`))!;

/** Writes what a function makes of the entries. */
async function change(
  bed: Bed,
  property: string,
  make: (values: Float32Array, shape: readonly number[]) => void,
): Promise<void> {
  const weight = weightAt(bed, property);
  const tensor = weight.read();
  const values = ((await tensor.data()) as Float32Array).slice();
  tensor.dispose();
  make(values, weight.shape);
  const next = tf.tensor(values, [...weight.shape]);
  weight.write(next);
  next.dispose();
}

const scaled = (bed: Bed, property: string, factor: number) =>
  change(bed, property, (values) => {
    for (const i of values.keys()) values[i]! *= factor;
  });

const between = ({ next }: Bed, low: number, high: number): number => low * (high / low) ** next();

/** Trains a few steps, watched. */
async function trained(
  { built }: Bed,
  options: Parameters<typeof watch>[1] = {},
  callback?: (step: number) => void,
  epochs = 4,
) {
  const { model, x, y } = built;
  const watcher = watch(model, { filter: () => true, histogram: false, spectra: false, ...options });
  let step = 0;
  const before = {
    onBatchEnd: async () => {
      callback?.(++step);
    },
  };
  await model.fit(x, y, {
    epochs,
    batchSize: x.shape[0]! / 2,
    shuffle: false,
    verbose: 0,
    callbacks: [before, watcher] as never,
  });
  return watcher.history;
}

const gatesOf = (cell: Cell): number => ({ simpleRNN: 1, gru: 3, lstm: 4 })[cell];

export const PLANTS: Readonly<Record<FaultCode, { options: (seed: number) => BuildOptions; plant: Sickness }>> = {
  'dead-units': {
    options: () => ({ activation: 'relu', cell: 'simpleRNN' }),
    plant: async (bed) => {
      const share = 0.5 + 0.5 * bed.next();
      await change(bed, 'bias', (values) => {
        for (const i of values.keys()) if (i < Math.ceil(share * values.length)) values[i] = -100;
      });
      return {};
    },
  },
  'duplicate-units': {
    options: (seed) => ({
      activation: seed % 2 ? 'tanh' : 'relu',
      cell: (['simpleRNN', 'lstm', 'gru'] as const)[seed % 3]!,
    }),
    plant: async (bed) => {
      const gates = bed.architecture === 'recurrent' ? gatesOf(bed.cell) : 1;
      const copies = 1 + Math.floor(3 * bed.next());
      const properties = ['kernel', 'bias', ...(bed.architecture === 'recurrent' ? ['recurrentKernel'] : [])];
      for (const property of properties)
        await change(bed, property, (values, shape) => {
          const last = shape.at(-1)!;
          const units = last / gates;
          for (let row = 0; row < values.length / last; row++)
            for (let gate = 0; gate < gates; gate++)
              for (let copy = 1; copy <= copies; copy++)
                values[row * last + gate * units + copy] = values[row * last + gate * units]!;
        });
      return {};
    },
  },
  saturation: {
    options: (seed) => ({
      activation: seed % 2 ? 'tanh' : 'sigmoid',
      cell: (['simpleRNN', 'lstm', 'gru'] as const)[seed % 3]!,
    }),
    plant: async (bed) => {
      await scaled(bed, 'kernel', between(bed, 60, 300));
      return {};
    },
  },
  vanishing: {
    options: (seed) => ({
      activation: seed % 2 ? 'tanh' : 'relu',
      cell: (['simpleRNN', 'lstm', 'gru'] as const)[seed % 3]!,
    }),
    plant: async (bed) => {
      const factor = between(bed, 1e-5, 2e-3);
      if (bed.architecture !== 'recurrent') {
        await scaled(bed, 'kernel', factor);
        return {};
      }
      await scaled(bed, 'recurrentKernel', 0.05);
      // Gates that forget: of an LSTM the second, of a GRU the first.
      const from = { lstm: 1, gru: 0, simpleRNN: -1 }[bed.cell];
      if (from >= 0)
        await change(bed, 'bias', (values) => {
          const units = values.length / gatesOf(bed.cell);
          for (let unit = 0; unit < units; unit++) values[from * units + unit] = -8;
        });
      return {};
    },
  },
  exploding: {
    options: () => ({ activation: 'relu', cell: 'simpleRNN' }),
    plant: async (bed) => {
      if (bed.architecture === 'recurrent') await scaled(bed, 'recurrentKernel', between(bed, 3, 10));
      else await scaled(bed, 'kernel', between(bed, 200, 1e4));
      return {};
    },
  },
  'first-nan': {
    options: (seed) => ({
      activation: seed % 2 ? 'tanh' : 'relu',
      cell: (['simpleRNN', 'lstm', 'gru'] as const)[seed % 3]!,
    }),
    plant: async (bed) => {
      const { built, layer } = bed;
      const at = 2 + Math.floor(5 * bed.next());
      const weight = weightAt(bed, 'kernel');
      const every = { batches: 1 + Math.floor(3 * bed.next()) };
      const history = await trained(bed, { every, activations: [...built.hidden, 'out'] }, (step) => {
        if (step !== at) return;
        const next = tf.tidy(() => {
          const values = weight.read();
          const spot = tf.oneHot(tf.scalar(0, 'int32'), values.size);
          return tf.where(
            tf.cast(tf.reshape(spot, values.shape), 'bool'),
            tf.fill(values.shape, bed.next() < 0.5 ? Number.NaN : Infinity),
            values,
          );
        });
        weight.write(next);
        next.dispose();
      });
      return { history, layer, step: at };
    },
  },
  'frozen-moving': {
    options: (seed) => ({ activation: seed % 2 ? 'tanh' : 'relu', normalized: seed % 4 === 1, cell: 'simpleRNN' }),
    plant: async (bed) => {
      const { built, architecture, seed } = bed;
      const isNorm = seed % 4 === 1 && architecture !== 'recurrent';
      const layer = isNorm ? bed.layer.replace('hidden', 'norm') : bed.layer;
      built.model.getLayer(layer).trainable = false;
      built.model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
      const before = await snapshot(built.model);
      const weight = weightsOf(built.model).find(
        ({ path, property }) => path.startsWith(`${layer}/`) && property === 'kernel',
      )!;
      const history = await trained(bed, { every: { batches: 2 } }, (step) => {
        if (isNorm || step !== 3) return;
        const next = tf.tidy(() => tf.mul(weight.read(), 1 + 10 ** -(1 + 4 * bed.next())));
        weight.write(next);
        next.dispose();
      });
      return { layer, ...(seed % 2 ? { history } : { data: { before } }) };
    },
  },
  'masked-moving': {
    options: (seed) => ({
      activation: seed % 2 ? 'tanh' : 'relu',
      cell: (['simpleRNN', 'lstm', 'gru'] as const)[seed % 3]!,
    }),
    plant: async (bed) => {
      const share = 0.3 + 0.5 * bed.next();
      await change(bed, 'kernel', (values) => {
        const sorted = Float32Array.from(values, Math.abs).sort();
        const least = sorted[Math.floor(share * sorted.length)]!;
        for (const i of values.keys()) if (Math.abs(values[i]!) < least) values[i] = 0;
      });
      const before = await snapshot(bed.built.model);
      const history = await trained(bed);
      return { history, data: { before } };
    },
  },
  'rank-collapse': {
    options: (seed) => ({
      activation: seed % 2 ? 'tanh' : 'relu',
      cell: (['simpleRNN', 'lstm', 'gru'] as const)[seed % 3]!,
    }),
    plant: async (bed) => {
      await change(bed, 'kernel', (values, shape) => {
        const cols = shape.at(-1)!;
        const rows = values.length / cols;
        const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
        const [a, b] = [normals(rows, bed.seed + 1), normals(cols, bed.seed + 2)];
        const outer = Float32Array.from(values, (_, i) => a[Math.floor(i / cols)]! * b[i % cols]!);
        const length = Math.sqrt(outer.reduce((sum, value) => sum + value * value, 0));
        for (const i of values.keys()) values[i] = (norm * outer[i]!) / length + 0.01 * values[i]!;
      });
      return {};
    },
  },
  'wrong-gain': {
    options: (seed) => ({
      activation: seed % 2 ? 'tanh' : 'relu',
      cell: (['simpleRNN', 'lstm', 'gru'] as const)[seed % 3]!,
    }),
    plant: async (bed) => {
      const factor = between(bed, 4, 10);
      await scaled(bed, 'kernel', bed.next() < 0.5 ? factor : 1 / factor);
      return {};
    },
  },
  'update-ratio': {
    options: (seed) => ({
      activation: seed % 2 ? 'tanh' : 'relu',
      cell: (['simpleRNN', 'lstm', 'gru'] as const)[seed % 3]!,
    }),
    plant: async (bed) => {
      const { built, layer } = bed;
      const isLarge = bed.next() < 0.5;
      const variable = weightAt(bed, 'kernel').variable!;
      const untap = tapOptimizer(built.model.optimizer, {
        // A step of a part of the weight's length, whatever the gradient is.
        before: (named) =>
          named.map(({ name, tensor }) => {
            if (name !== variable.name) return { name, tensor };
            const ratio = isLarge ? 0.5 : 1e-8;
            const length = tf.mul(tf.norm(variable), 100 * ratio);
            return { name, tensor: tf.mul(tensor, tf.div(length, tf.add(tf.norm(tensor), 1e-30))) };
          }),
      });
      const history = await trained(bed, {}, undefined, 3);
      untap();
      return { history, layer };
    },
  },
  'input-scale': {
    options: (seed) => ({
      activation: seed % 2 ? 'tanh' : 'relu',
      cell: (['simpleRNN', 'lstm', 'gru'] as const)[seed % 3]!,
    }),
    plant: async (bed) => {
      const { built, seed } = bed;
      const old = built.x;
      built.x = tf.tidy(() => {
        if (seed % 4 === 0) return tf.mul(tf.add(tf.tanh(old), 1), 127.5);
        if (seed % 4 === 1) return tf.add(old, 100);
        if (seed % 4 === 2) return tf.mul(old, 1e-3);
        return tf.mul(old, tf.add(1, tf.mul(tf.oneHot(tf.scalar(0, 'int32'), old.shape.at(-1)!), 1000)));
      });
      old.dispose();
      return { layer: 'hidden0' };
    },
  },
};

/** Plants a fault. The caller disposes it with {@link dig}. */
export async function plant(code: FaultCode, architecture: Architecture, shape: Shape, seed: number): Promise<Planted> {
  const options = PLANTS[code].options(seed);
  const built = build(architecture, shape, seed, options);
  const next = streamOf(1000 * seed + code.length);
  const layer = built.hidden[Math.floor(next() * built.hidden.length)]!;
  const bed: Bed = { architecture, built, layer, next, cell: options.cell ?? 'simpleRNN', seed };
  const told = await PLANTS[code].plant(bed);
  return { ...built, layer, history: undefined, step: null, ...told, data: { batch: built.x, ...told.data } };
}

/** Disposes what was planted. */
export function dig({ model, x, y }: Built): void {
  tf.dispose([x, y]);
  model.optimizer.dispose();
  model.dispose();
}

/** Whether a range of steps is that of a step. */
export const holds = (steps: StepRange | null, step: number): boolean =>
  steps !== null && steps.after <= step && step <= steps.by;
