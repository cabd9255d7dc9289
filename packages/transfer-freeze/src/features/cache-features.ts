import * as tf from '@tensorflow/tfjs-core';
import { checkListening } from '@weightkit/checkpoint';
import { checkModel, checkStateless, type ModelLike, weightsOf } from '@weightkit/core';
import {
  checkBoolean,
  checkFinite,
  checkInteger,
  checkOptions,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import type { GraphOfLayers } from '../transfer/layer-graph.ts';
import { batchKey, bodyKey } from './content-key.ts';
import { bodyOf, dtypeOf, headOf, placeAt } from './cut-model.ts';
import { differenceOf, type Exactness } from './exactness.ts';
import { type Batch, batchesOf, type FeatureData } from './feature-batches.ts';
import { type FeatureFiles, type FeatureStore, featureFiles } from './feature-store.ts';

/** Features, and labels where the data had them. */
export interface CachedFeatures {
  /** Features. */
  xs: tf.Tensor;
  /** Labels; null where the data had none. */
  ys: tf.Tensor | null;
}

/** How far {@link cacheFeatures} has come. */
export interface FeatureProgress {
  /** Batches that are done. */
  batches: number;
  /** Examples in them. */
  examples: number;
  /** How many of the batches were in the store. */
  reused: number;
}

/** Options of {@link cacheFeatures}. */
export interface CacheFeaturesOptions {
  /**
   * Examples that go through the body together: an integer of 1 or more. Data that come in batches stay in these.
   * @defaultValue 32
   */
  batchSize?: number;
  /**
   * Where features are kept, a file for each batch: the path of a folder (Node), a Map, a {@link browserStore}, or anything else with `get`
   * and `set`. What is there already is not computed again.
   * @defaultValue in memory, until they are disposed
   */
  store?: string | FeatureStore;
  /**
   * Whether the head on features is compared with the whole model, on the first batch, the last one and the first out of the store.
   * @defaultValue true
   */
  check?: boolean;
  /** Called after each batch; a promise is waited for. @defaultValue nothing */
  onProgress?: (progress: FeatureProgress) => void | Promise<void>;
  /** Stops it before the next batch. What is in the store stays there, and the same call goes on from it. @defaultValue none */
  signal?: AbortSignal;
}

/** What {@link cacheFeatures} did. */
export interface FeaturesReport {
  /** Examples that there are features of. */
  examples: number;
  /** Batches that the body has computed. */
  computed: number;
  /** Batches that came out of the store. */
  reused: number;
  /** Batches of which the store had no whole file, and which were computed again. */
  broken: number;
  /** Bytes of the features of all examples. */
  bytes: number;
  /** How the head on features compares with the whole model, on what was checked; null where nothing was. */
  exactness: Exactness | null;
}

/** Features of examples, and the head that goes on from them; see {@link cacheFeatures}. */
export interface FeatureCache<M> {
  /** The layers above the cut as a functional model on features. Their variables are those of the whole model. Disposed with the cache. */
  readonly head: M;
  /** The shape of the features of one example. */
  readonly shape: readonly number[];
  /** Examples in each batch. */
  readonly batchSizes: readonly number[];
  /** What was done. */
  readonly report: FeaturesReport;
  /** Whether the body still computes what it did: its layers and weights are the same, bit by bit. */
  isFresh(): Promise<boolean>;
  /**
   * All features and labels, for `head.fit`.
   *
   * @returns new tensors, which belong to the caller; `ys` is null where the data had no labels
   * @throws Error when the body has changed
   */
  tensors(): Promise<CachedFeatures>;
  /**
   * The same batch by batch, in the order of the data, for what does not fit in memory.
   *
   * @throws Error when the body has changed
   */
  batches(): AsyncGenerator<CachedFeatures, void>;
  /** Forgets what is in memory, and disposes the head. Calling it again does nothing. */
  dispose(): void;
}

const fn = 'cacheFeatures';

interface Labels {
  values: Float32Array | Int32Array | Uint8Array;
  shape: number[];
  dtype: tf.DataType;
}

/** A batch whose features are known. */
interface Entry {
  rows: number;
  labels: Labels | null;
  features(): Promise<Float32Array>;
}

/** What goes on while batches come. */
interface Run {
  body: ModelLike;
  key: string;
  /** The shape of the features of an example; sizes that the model leaves open are those of the first batch. */
  shape: number[] | undefined;
  files: FeatureFiles | undefined;
  broken: number;
}

function checkAll(model: ModelLike, until: unknown, options: CacheFeaturesOptions) {
  checkOptions(fn, options, ['batchSize', 'store', 'check', 'onProgress', 'signal']);
  const { batchSize = 32, store, check = true, onProgress, signal } = options;
  checkInteger(fn, 'batchSize', batchSize, 1);
  checkBoolean(fn, 'check', check);
  checkListening(fn, { onProgress, signal });
  const files = featureFiles(fn, store);
  checkType(typeof until === 'string', `${fn}: until must be the name of a layer`, until);
  checkModel(fn, model);
  checkStateless(fn, model);
  weightsOf(model, undefined, fn);
  return { batchSize, files, check, onProgress, signal };
}

async function computed({ body }: Run, batch: Batch): Promise<{ values: Float32Array; shape: number[] }> {
  const features = body.predictOnBatch(batch.xs) as tf.Tensor;
  try {
    // The cpu backend hands out its own array.
    return { values: Float32Array.from(await features.data()), shape: features.shape };
  } finally {
    features.dispose();
  }
}

async function labelsOf(ys: tf.Tensor | null): Promise<Labels | null> {
  if (!ys) return null;
  const values = (await ys.data()).slice() as Labels['values'];
  checkFinite(fn, 'ys', 'ys', values);
  return { values, shape: ys.shape, dtype: ys.dtype };
}

function checkLike(first: Entry | undefined, labels: Labels | null): void {
  if (!first) return;
  const like = ({ shape, dtype }: Labels): string => `${dtype} [${['', ...shape.slice(1)]}]`;
  const [wanted, got] = [first.labels, labels].map((one) => (one ? like(one) : 'none'));
  checkRange(wanted === got, `${fn}: ys must be alike in all batches, ${wanted}`, got);
}

/** The features of a batch, from the store or computed and put there. */
async function entryOf(run: Run, batch: Batch, first: Entry | undefined): Promise<{ entry: Entry; reused: boolean }> {
  const { files } = run;
  const rows = batch.xs[0]!.shape[0]!;
  const labels = await labelsOf(batch.ys);
  checkLike(first, labels);
  const key = files ? await batchKey(fn, run.key, batch.xs) : '';
  const found = files && run.shape ? await files.read(key, [rows, ...run.shape]) : 'missing';
  if (found === 'broken') run.broken++;
  const reused = typeof found !== 'string';
  let values: Float32Array | undefined;
  if (!reused) {
    const made = await computed(run, batch);
    values = made.values;
    run.shape ??= made.shape.slice(1);
    checkRange(
      made.shape.slice(1).join() === run.shape.join(),
      `${fn}: data must give features of one shape, [${run.shape}]`,
      made.shape.slice(1),
    );
    checkFinite(fn, 'features', 'features', values);
    await files?.write(key, made.shape, values);
    // It is read again when it is asked for.
    if (files) values = undefined;
  }
  const shape = [rows, ...run.shape!];
  return {
    reused,
    entry: {
      rows,
      labels,
      async features() {
        if (values) return values;
        const again = await files!.read(key, shape);
        if (typeof again !== 'string') return again;
        throw new Error(`${fn}: files of features must be left where they are, got none that is whole for ${key}`);
      },
    },
  };
}

const tensorOf = (values: Float32Array, shape: number[]): tf.Tensor => tf.tensor(values, shape, 'float32');

const disposeModel = (model: ModelLike): void => {
  (model as unknown as { dispose(): unknown }).dispose();
};

function labelTensor(entries: readonly Entry[]): tf.Tensor | null {
  const parts = entries.map(({ labels }) => labels);
  const [first] = parts;
  if (!first) return null;
  const all = new (first.values.constructor as Float32ArrayConstructor)(
    parts.reduce((sum, part) => sum + part!.values.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part!.values, at);
    at += part!.values.length;
  }
  const rows = entries.reduce((sum, entry) => sum + entry.rows, 0);
  return tf.tensor(all, [rows, ...first.shape.slice(1)], first.dtype as 'float32');
}

/**
 * Runs the body of a model, all layers up to one, once over examples and keeps what comes out. The layers above it are a model on these
 * features, the head, which then trains and predicts without the body: epochs of a linear probe or of a new head cost next to nothing,
 * while with the body frozen in the model each of them runs it again over every example.
 *
 * The body computes as in inference, as a frozen one does: dropout is off and batch normalizations use their moving statistics. Augmentation
 * of inputs does not go together with it. The head on features gives what the whole model gives; this is checked on some batches, and is
 * exact bit by bit for batches of the same size.
 *
 * In a `store` the features of each batch are a safetensors file under the SHA-256 of the body (layers, connections and weights, with
 * parametrizations applied), the backend and the inputs: another body, other inputs or a damaged file are never taken for these. Each
 * file is written whole under a temporary name first, so a run that was stopped or killed goes on by the same call. In memory as in a
 * store, features are refused once the body's weights have changed. Layers of classes of your own are known by class name and
 * configuration: after a change of their code use another folder.
 *
 * @example
 * const body = tf.layers.dense({ units: 4, inputShape: [3], activation: 'relu', name: 'body' });
 * const model = tf.sequential({ layers: [body, tf.layers.dense({ units: 1, name: 'out' })] });
 * const store = new Map();
 * const cache = await cacheFeatures(model, 'body', { xs: tf.ones([40, 3]), ys: tf.ones([40, 1]) }, { store });
 * const { computed, exactness } = cache.report;
 * console.log(computed, exactness.bitExact, store.size); // -> 2 true 2
 * const { xs, ys } = await cache.tensors();
 * cache.head.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
 * await cache.head.fit(xs, ys, { epochs: 5, verbose: 0 }); // trains the layer of the model
 * tf.dispose([xs, ys]);
 * cache.dispose();
 *
 * @param model - a built LayersModel, Sequential or functional; it is not changed, but the layers of the head have one call more
 * @param until - the name of the body's last layer, through which everything must go; a nested model counts as one layer
 * @param data - tensors (a list where the model has several inputs), lists or typed arrays of numbers, or `{ xs, ys }` with labels; or
 * batches of these: a dataset of tf.data, anything iterable, a generator. Tensors that are given are borrowed, those in batches that come
 * are disposed
 * @param options - see {@link CacheFeaturesOptions}
 * @returns the features and the head
 * @throws TypeError or RangeError for other arguments, where the model cannot be cut there, and for features that are not finite; Error
 * when the head on features gives something else than the whole model, or the body changes meanwhile; what data, progress and store throw
 */
export async function cacheFeatures<M extends ModelLike>(
  model: M,
  until: string,
  data: FeatureData,
  options: CacheFeaturesOptions = {},
): Promise<FeatureCache<M>> {
  const { batchSize, files, check, onProgress, signal } = checkAll(model, until, options);
  signal?.throwIfAborted();
  const graph = model as unknown as GraphOfLayers;
  const place = placeAt(fn, graph, until);
  checkRange(dtypeOf(place) === 'float32', `${fn}: until must give float32`, dtypeOf(place));
  const body = bodyOf(graph, [place]);
  const open = place.tensor.shape.slice(1);
  const run: Run = {
    body,
    key: await bodyKey(fn, body),
    shape: open.includes(null) ? undefined : (open as number[]),
    files,
    broken: 0,
  };
  const isFresh = async (): Promise<boolean> => (await bodyKey(fn, body)) === run.key;
  const checkFresh = async (): Promise<void> => {
    if (!(await isFresh()))
      throw new Error(
        `${fn}: body must stay as it was when its features were computed, got other weights; cache them anew`,
      );
  };
  const head = headOf(graph, place) as M;
  const entries: Entry[] = [];
  const progress: FeatureProgress = { batches: 0, examples: 0, reused: 0 };
  let exactness: Exactness | null = null;
  const compare = async (batch: Batch, { rows, features }: Entry): Promise<void> => {
    const xs = tensorOf(await features(), [rows, ...run.shape!]);
    try {
      exactness = await differenceOf(fn, { model, head }, batch.xs, xs, exactness);
    } finally {
      xs.dispose();
    }
  };
  const take = async (batch: Batch): Promise<boolean> => {
    signal?.throwIfAborted();
    const { entry, reused } = await entryOf(run, batch, entries[0]);
    const checked = check && (entries.length === 0 || (reused && progress.reused === 0));
    entries.push(entry);
    if (checked) await compare(batch, entry);
    progress.batches++;
    progress.examples += entry.rows;
    if (reused) progress.reused++;
    await onProgress?.({ ...progress });
    return checked;
  };
  const batches = batchesOf(fn, model, data, batchSize);
  /** The batch before, while it may be the last. */
  let last: Batch | undefined;
  let checked = false;
  try {
    for await (const batch of batches) {
      last?.dispose();
      last = batch;
      checked = await take(batch);
    }
    checkRange(last !== undefined, `${fn}: data must have one batch or more`, 0);
    if (check && !checked) await compare(last, entries.at(-1)!);
    await checkFresh();
  } catch (error) {
    disposeModel(head);
    throw error;
  } finally {
    last?.dispose();
  }
  const shape = run.shape!;
  const size = tf.util.sizeFromShape(shape);
  let there = true;
  const checkThere = async (): Promise<void> => {
    if (!there) throw new Error(`${fn}: features must be there, got some that were disposed`);
    await checkFresh();
  };
  return {
    head,
    shape,
    batchSizes: entries.map(({ rows }) => rows),
    report: {
      examples: progress.examples,
      computed: progress.batches - progress.reused,
      reused: progress.reused,
      broken: run.broken,
      bytes: 4 * size * progress.examples,
      exactness,
    },
    isFresh,
    async tensors() {
      await checkThere();
      const all = new Float32Array(size * progress.examples);
      let at = 0;
      for (const entry of entries) {
        all.set(await entry.features(), at);
        at += entry.rows * size;
      }
      return { xs: tensorOf(all, [progress.examples, ...shape]), ys: labelTensor(entries) };
    },
    async *batches() {
      await checkThere();
      for (const entry of entries)
        yield { xs: tensorOf(await entry.features(), [entry.rows, ...shape]), ys: labelTensor([entry]) };
    },
    dispose() {
      if (there) disposeModel(head);
      there = false;
      entries.length = 0;
    },
  };
}
