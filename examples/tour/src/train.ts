import * as tf from '@tensorflow/tfjs';
import { type Digits, PIXELS } from '@weightkit/datasets';
import { initialize } from '@weightkit/initializers';
import { batches, tensors } from './data.ts';
import { INITIALIZERS } from './initializers.ts';

export const BATCH = 128;

/** Where progress goes. */
export interface Progress {
  say(text: string): void;
  bar(title: string, share: number, note?: string): void;
}

export interface Work {
  train: Digits;
  /** Scored after each epoch to be shown; nothing is decided by it. */
  test: Digits;
  seed: number;
  progress: Progress;
  signal: AbortSignal;
}

/** The network of the lesson on weight distributions: 784-64-32-32-10. */
export function buildModel(initializer: string, seed: number): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ name: 'input', units: 64, activation: 'relu', inputShape: [PIXELS] }),
      tf.layers.dense({ name: 'hidden1', units: 32, activation: 'relu' }),
      tf.layers.dense({ name: 'hidden2', units: 32, activation: 'relu' }),
      tf.layers.dense({ name: 'output', units: 10, activation: 'softmax' }),
    ],
  });
  initialize(model, INITIALIZERS[initializer]!(), { seed });
  model.compile({ optimizer: tf.train.adam(1e-3), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** Losses and accuracies (shares in [0, 1]) of one epoch; those of training are running means over its batches. */
export interface EpochResult {
  loss: number;
  accuracy: number;
  testLoss: number;
  testAccuracy: number;
}

export interface FitOptions {
  name: string;
  epochs: number;
  /** Adam's step size in the first epoch; it falls by `decay` each epoch. */
  learningRate: number;
  decay: number;
  callbacks: tf.CustomCallbackArgs[];
  /** Why to stop after this epoch, or undefined to go on. */
  done?: (results: readonly EpochResult[]) => string | undefined;
}

/** Trains with a progress bar, one printed line per epoch, and an end at the first sign of `signal`. */
export async function fit(
  model: tf.LayersModel,
  work: Work,
  { name, epochs, learningRate, decay, callbacks, done }: FitOptions,
): Promise<EpochResult[]> {
  const { train, test, seed, progress, signal } = work;
  const steps = Math.floor(train.count / BATCH);
  const results: EpochResult[] = [];
  const held = tensors(test);
  // tfjs declares it protected and has no other way to change the step size of Adam and keep its moments.
  const optimizer = model.optimizer as unknown as { learningRate: number };
  const watcher: tf.CustomCallbackArgs = {
    onEpochBegin: async () => {
      optimizer.learningRate = learningRate * decay ** results.length;
    },
    async onBatchEnd(batch, logs) {
      progress.bar(`${name} epoch ${results.length + 1}`, (batch + 1) / steps, `loss ${logs?.loss?.toFixed(3) ?? ''}`);
      if (batch % 16 === 0) await tf.nextFrame(); // lets Ctrl-C arrive
      if (signal.aborted) model.stopTraining = true;
    },
    async onEpochEnd(_, logs) {
      if (signal.aborted) return;
      const { loss, acc, val_loss, val_acc } = logs as Record<string, number>;
      results.push({ loss: loss!, accuracy: acc!, testLoss: val_loss!, testAccuracy: val_acc! });
      progress.say(
        `  ${name} epoch ${String(results.length).padStart(2)}   loss ${loss!.toFixed(4)}   train ${(100 * acc!).toFixed(2)} %   test ${(100 * val_acc!).toFixed(2)} %`,
      );
      const reason = results.length < epochs ? done?.(results) : undefined;
      if (reason === undefined) return;
      progress.say(`  stopped after ${results.length} of at most ${epochs} epochs: ${reason}`);
      model.stopTraining = true;
    },
  };
  try {
    await model.fitDataset(batches(train, BATCH, seed, name), {
      epochs,
      verbose: 0,
      validationData: [held.xs, held.ys],
      validationBatchSize: 1000,
      callbacks: [...callbacks, watcher],
    } as tf.ModelFitDatasetArgs<tf.TensorContainer>);
  } finally {
    tf.dispose([held.xs, held.ys]);
  }
  signal.throwIfAborted();
  return results;
}

/** Says so when the last epoch gained less than `points` percentage points of training accuracy over the one before. */
export function gainedLessThan(points: number, results: readonly EpochResult[]): string | undefined {
  const [before, last] = results.slice(-2);
  if (last === undefined || before === undefined) return undefined;
  const gain = 100 * (last.accuracy - before.accuracy);
  if (gain >= points) return undefined;
  return gain < 0
    ? `training accuracy fell by ${(-gain).toFixed(2)} points in the last one`
    : `training accuracy gained ${gain.toFixed(2)} points in the last one, less than ${points}`;
}
