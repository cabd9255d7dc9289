import * as tf from '@tensorflow/tfjs-core';
import { type Checkpoint, checkCheckpoint } from '@weightkit/checkpoint';
import { allDone, exclusively, type LayerLike, type Weight } from '@weightkit/core';
import { checkFinite } from '@weightkit/numerics/check';
import { floatTensor } from '../transfer/float-tensor.ts';
import { floatsIn } from '../transfer/floats-in.ts';
import { averagedVariables } from './averaged-variables.ts';

/** What handles of averages have in common. */
export interface AveragedWeights {
  /** Paths of the weights that are averaged, in model order. */
  readonly paths: readonly string[];
  /** Whether the averages are in the model at the moment. */
  readonly swapped: boolean;
  /**
   * Puts the averages into the model, until `restore()`, to evaluate it or to save it. Training meanwhile is an error.
   *
   * @throws Error when there is nothing to average yet, or they are there already, or parametrizations have come or gone; RangeError when
   * an average is not finite, by path and index. Nothing has changed then
   */
  swapIn(): Promise<void>;
  /**
   * Puts back what the model was trained to, bit for bit.
   *
   * @throws Error when the averages are not in the model
   */
  restore(): void;
  /** The averages and how far they are, as a checkpoint: for `writeCheckpoint(checkpoint, 'ema.safetensors')`, and for `load`. */
  toCheckpoint(): Promise<Checkpoint>;
  /**
   * Goes on from such a checkpoint, in place of what there is.
   *
   * @param checkpoint - of a model built alike; borrowed
   * @throws TypeError or RangeError where it is another one; nothing has changed then
   */
  load(checkpoint: Checkpoint): Promise<void>;
  /** Ends it. The weights stay what they are: after `swapIn()` the averages. Calling it again does nothing. */
  dispose(): void;
}

/** Averages of a model's variables, on the device. */
export interface Averages {
  readonly paths: readonly string[];
  /** What is averaged. Borrowed. */
  readonly variables: readonly tf.Variable[];
  readonly swapped: boolean;
  /** Whether one of these is the name of an averaged variable; throws where another of them is gone. */
  concerns(names: readonly string[]): boolean;
  /** Moves each average towards its variable: average + rate · (variable − average). The first time it is the variable itself. */
  add(rate: number): void;
  swapIn(): Promise<void>;
  restore(): void;
  toCheckpoint(metadata: Record<string, string>): Promise<Checkpoint>;
  /** Reads a checkpoint, and takes its values once `accept` has not thrown on its metadata. */
  load(checkpoint: Checkpoint, accept: (metadata: Readonly<Record<string, unknown>>) => () => void): Promise<void>;
  /** Throws where the model must not train: the averages are in it, or disposed, or one of its variables is. */
  checkTraining(): void;
  dispose(): void;
}

const metadataOf = ({ extras }: Checkpoint): Readonly<Record<string, unknown>> =>
  Object(extras.metadata) as Record<string, unknown>;

/** Averages of some weights of a model; of nothing at first. */
export function averagesOf(fn: string, model: LayerLike, weights: readonly Weight[]): Averages {
  const parts = averagedVariables(fn, model, weights);
  let averages: tf.Tensor[] = [];
  /** What the variables were before the averages came in. */
  let kept: tf.Tensor[] = [];
  let there = true;

  const checkThere = (own: string): void => {
    if (!there) throw new Error(`${own}: averages must be there, got some that were disposed (of ${parts[0]!.path})`);
  };
  const checkAny = (own: string): void => {
    checkThere(own);
    if (averages.length === 0) throw new Error(`${own}: averages must have a step behind them, got none yet`);
  };
  const checkSwapped = (own: string, wanted: boolean): void => {
    if (kept.length > 0 !== wanted)
      throw new Error(
        wanted
          ? `${own}: averages must be in the model, got the trained weights; call swapIn first`
          : `${own}: averages must not be in the model, got them there; call restore first`,
      );
  };
  const checkAlive = (own: string): void => {
    const gone = parts.find(({ variable }) => variable.isDisposed);
    if (gone)
      throw new Error(
        `${own}: averaged variables must not be disposed, got ${gone.path}; begin new averages of what is there`,
      );
  };
  const checkTraining = (): void => {
    checkThere(fn);
    checkAlive(fn);
    checkSwapped(fn, false);
  };
  const checkSame = (own: string): void => {
    checkAlive(own);
    const now = averagedVariables(own, model, weights);
    if (now.length !== parts.length || now.some(({ variable }, i) => variable !== parts[i]!.variable))
      throw new Error(
        `${own}: parametrizations must be those of when the averages began, got others (of ${parts[0]!.path}); begin new averages`,
      );
  };
  const copies = (tensors: readonly tf.Tensor[]): tf.Tensor[] => tensors.map((one) => tf.keep(tf.clone(one)));
  const replace = (next: tf.Tensor[]): void => {
    tf.dispose(averages);
    averages = next;
  };
  /** Values of averages as they are now, refused unless finite. */
  const finite = async (own: string, tensors: readonly tf.Tensor[]): Promise<Float32Array[]> => {
    const values = await allDone(tensors.map(async (one) => Float32Array.from(await one.data())));
    for (const [i, one] of values.entries()) checkFinite(own, 'averages', parts[i]!.path, one);
    return values;
  };
  /** Runs on copies of the averages, which steps may replace meanwhile. */
  const withCopies = async <T>(own: string, work: (taken: tf.Tensor[]) => Promise<T>): Promise<T> => {
    checkAny(own);
    const taken = copies(averages);
    try {
      return await work(taken);
    } finally {
      tf.dispose(taken);
    }
  };

  return {
    paths: weights.map(({ path }) => path),
    variables: parts.map(({ variable }) => variable),
    get swapped() {
      return kept.length > 0;
    },
    checkTraining,
    concerns(names) {
      const all = new Set(names);
      if (!parts.some(({ variable: { isDisposed, name } }) => !isDisposed && all.has(name))) return false;
      checkTraining();
      return true;
    },
    add(rate) {
      const next = tf.tidy(() => {
        if (averages.length === 0 || rate === 1) return parts.map(({ variable }) => tf.clone(variable as tf.Tensor));
        const scalar = tf.scalar(rate);
        return parts.map(({ variable }, i) => tf.add(averages[i]!, tf.mul(tf.sub(variable, averages[i]!), scalar)));
      });
      replace(next.map((one) => tf.keep(one)));
    },
    swapIn: () =>
      exclusively('swapIn', weights, () =>
        withCopies('swapIn', async (taken) => {
          checkSwapped('swapIn', false);
          checkSame('swapIn');
          await finite('swapIn', taken);
          checkThere('swapIn');
          checkSame('swapIn');
          kept = copies(parts.map(({ variable }) => variable));
          for (const [i, { variable }] of parts.entries()) variable.assign(taken[i]!);
        }),
      ),
    restore() {
      checkThere('restore');
      checkSwapped('restore', true);
      checkSame('restore');
      for (const [i, { variable }] of parts.entries()) variable.assign(kept[i]!);
      tf.dispose(kept);
      kept = [];
    },
    toCheckpoint: (metadata) =>
      withCopies('toCheckpoint', async (taken) => {
        const values = await finite('toCheckpoint', taken);
        const tensors = parts.map(({ name, variable: { shape } }, i) => floatTensor(name, shape, values[i]!));
        return { format: 'safetensors', tensors, extras: { metadata }, close: async () => {} };
      }),
    async load(checkpoint, accept) {
      checkThere('load');
      checkCheckpoint('load', 'checkpoint', checkpoint);
      const take = accept(metadataOf(checkpoint));
      const values: Float32Array[] = [];
      for (const { name, variable } of parts) values.push(await floatsIn('load', checkpoint, name, variable.shape));
      checkThere('load');
      checkSwapped('load', false);
      replace(parts.map(({ variable: { shape } }, i) => tf.keep(tf.tensor(values[i]!, shape))));
      take();
    },
    dispose() {
      there = false;
      replace([]);
      tf.dispose(kept);
      kept = [];
    },
  };
}
