import { type Checkpoint, checkCheckpoint } from '@weightkit/checkpoint';
import { foldIn, pathHash, randomKey } from '@weightkit/numerics';
import {
  checkFinite,
  checkNumber,
  checkNumbers,
  checkOptions,
  checkRange,
  checkSeed,
  checkType,
} from '@weightkit/numerics/check';
import { sameShape } from '../transfer/offers.ts';
import { tensorsOf } from '../transfer/source-tensors.ts';
import { dropAndRescale } from './dare.ts';
import { vectorOf } from './task-vector.ts';
import { electedMean, trim } from './ties.ts';

/** Options of {@link combineTaskVectors}. */
export interface CombineTaskVectorsOptions {
  /**
   * What each vector is multiplied by; a negative number takes away.
   * @defaultValue 1 for each
   */
  weights?: readonly number[];
  /**
   * `sum`: they are added up. `ties`: each is trimmed to its largest entries, then an entry is the mean of those that have the sign of
   * their sum, so that tasks do not cancel each other.
   * @defaultValue 'sum'
   */
  how?: 'sum' | 'ties';
  /**
   * The share of the entries of a whole vector that TIES leaves: above 0, up to 1. With `how: 'ties'` alone.
   * @defaultValue 0.2
   */
  keep?: number;
  /**
   * With which probability DARE drops an entry of a vector, the rest being divided by 1 − drop: in [0, 1). It comes before all else.
   * @defaultValue 0
   */
  drop?: number;
  /**
   * The seed of what is dropped: a safe integer.
   * @defaultValue 0
   */
  seed?: number;
}

const fn = 'combineTaskVectors';

interface Named {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

function checkAll(count: number, options: CombineTaskVectorsOptions) {
  checkOptions(fn, options, ['weights', 'how', 'keep', 'drop', 'seed']);
  const { weights = Array<number>(count).fill(1), how = 'sum', keep, drop = 0, seed = 0 } = options;
  checkNumbers(`${fn}: weights must be finite numbers`, weights, Number.isFinite);
  checkRange(weights.length === count, `${fn}: weights must be one for each vector, ${count}`, weights.length);
  checkType(how === 'sum' || how === 'ties', `${fn}: how must be 'sum' or 'ties'`, how);
  if (keep !== undefined) {
    checkNumber(`${fn}: keep must be above 0 and at most 1`, keep, (x) => x > 0 && x <= 1);
    checkType(how === 'ties', `${fn}: keep must be left out but for how: 'ties'`, keep);
  }
  checkNumber(`${fn}: drop must be in [0, 1)`, drop, (x) => x >= 0 && x < 1);
  checkSeed(fn, seed);
  return { weights: Array.from(weights), how, keep: keep ?? 0.2, drop, seed };
}

/** The tensors of a vector, in the order of its file. */
async function namedOf(vector: Checkpoint, place: number): Promise<Named[]> {
  const result: Named[] = [];
  for (const { stablePath: name, shape, refused, read } of tensorsOf(fn, vector)) {
    checkType(refused === null, `${fn}: vectors must be of floats`, refused);
    const values = await read();
    checkFinite(fn, `vectors[${place}]`, name, values);
    result.push({ name, shape, values });
  }
  return result;
}

/** What is wrong with a vector beside the first. */
const differences = (first: readonly Named[], other: readonly Named[], place: number): string[] => {
  const shapes = new Map(other.map(({ name, shape }) => [name, shape]));
  const missing = first.flatMap(({ name, shape }) => {
    const own = shapes.get(name);
    if (!own) return [`vectors[${place}] has no ${name}`];
    return sameShape(own, shape) ? [] : [`vectors[${place}] has ${name} as [${own}], not [${shape}]`];
  });
  const known = new Set(first.map(({ name }) => name));
  return [...missing, ...other.filter(({ name }) => !known.has(name)).map(({ name }) => `vectors[0] has no ${name}`)];
};

/** Trims over all tensors of a vector together. */
function trimmed(vector: readonly Named[], keep: number): Named[] {
  const whole = new Float32Array(vector.reduce((sum, { values }) => sum + values.length, 0));
  let at = 0;
  const places = vector.map(({ values }) => {
    const begin = at;
    whole.set(values, begin);
    at += values.length;
    return begin;
  });
  const rest = trim(whole, keep);
  return vector.map((one, i) => ({ ...one, values: rest.slice(places[i]!, places[i]! + one.values.length) }));
}

/**
 * Puts task vectors together into one, for a model that does several tasks (Ilharco et al. 2022, https://arxiv.org/abs/2212.04089), or has
 * unlearned one by a negative weight.
 *
 * - `how: 'ties'` (Yadav et al. 2023, https://arxiv.org/abs/2306.01708): trims each vector to the share `keep` of its entries that is largest in
 *   magnitude, over all weights together, of equals the first; elects for each entry the sign of the sum over the vectors; and takes the mean of
 *   those that have this sign. Weights multiply before the election. Where the sum is 0 the entry is 0.
 * - `drop` (DARE; Yu et al. 2023, https://arxiv.org/abs/2311.03099): drops entries at random and divides the others by 1 − drop. Which ones
 *   depends on the seed, the vector's place and the weight's name.
 *
 * Sums are float64, rounded once.
 *
 * @example
 * const build = (value) => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], name: 'fc', useBias: false,
 *   kernelInitializer: tf.initializers.constant({ value }) })] });
 * const base = build(1);
 * const vectors = [await taskVector(base, build(3)), await taskVector(base, build(2)), await taskVector(base, build(0))];
 * const kernel = async (vector) => (await vector.tensors[0].values())[0];
 * console.log(await kernel(await combineTaskVectors(vectors))); // -> 2
 * console.log(await kernel(await combineTaskVectors(vectors, { how: 'ties', keep: 1 }))); // -> 1.5
 * console.log(await kernel(await combineTaskVectors([vectors[0]], { weights: [-1] }))); // -> -2
 *
 * @param vectors - from {@link taskVector} or read from its files, of the same weights; borrowed
 * @param options - see {@link CombineTaskVectorsOptions}
 * @returns a new vector
 * @throws TypeError or RangeError for other arguments, vectors of other weights or shapes (all in one message), and what is not finite
 */
export async function combineTaskVectors(
  vectors: readonly Checkpoint[],
  options: CombineTaskVectorsOptions = {},
): Promise<Checkpoint> {
  checkType(Array.isArray(vectors), `${fn}: vectors must be a list of task vectors`, vectors);
  checkRange(vectors.length > 0, `${fn}: vectors must be one or more`, vectors.length);
  const list = Array.from(vectors);
  for (const [i, vector] of list.entries()) checkCheckpoint(fn, `vectors[${i}]`, vector);
  const { weights, how, keep, drop, seed } = checkAll(list.length, options);
  let all: Named[][] = [];
  for (const [i, vector] of list.entries()) all.push(await namedOf(vector, i));
  const [first] = all as [Named[]];
  const wrong = all.flatMap((one, i) => differences(first, one, i));
  checkRange(wrong.length === 0, `${fn}: vectors must have the same weights: ${wrong.join('; ')}`, wrong.length);
  if (drop > 0)
    all = all.map((vector, i) => {
      const key = foldIn(randomKey(seed), i);
      return vector.map((one) => ({
        ...one,
        values: dropAndRescale(one.values, drop, foldIn(key, pathHash(one.name))),
      }));
    });
  if (how === 'ties') all = all.map((vector) => trimmed(vector, keep));
  const byName = all.map((vector) => new Map(vector.map((one) => [one.name, one.values])));
  return vectorOf(
    first.map(({ name, shape }) => {
      const parts = byName.map((own) => own.get(name)!);
      const values =
        how === 'ties'
          ? electedMean(parts, weights)
          : Float32Array.from(parts[0]!, (_, k) => parts.reduce((sum, own, i) => sum + weights[i]! * own[k]!, 0));
      checkFinite(fn, 'the combination', name, values);
      return { name, shape, values };
    }),
  );
}
