import type * as tf from '@tensorflow/tfjs-core';
import { stablePaths, type Weight } from '@weightkit/core';
import { type Entries, readEntries } from '../values/read-values.ts';
import type { Named } from './match-weights.ts';

/** A weight on one side of a comparison. */
export interface SideWeight extends Named {
  dtype: tf.DataType;
  /** Null where only the number of entries is known. */
  shape: readonly number[] | null;
  entries: Entries;
  /** Class of its layer, where that is known. */
  kind?: string | undefined;
  /** Half the distance of neighbouring numbers, relative, in the type that it is stored in; 0 for integers. */
  precision: number;
  /** Why its entries were not read, in files of types that are not decoded. */
  unread?: string | undefined;
}

/** Half the distance of neighbouring numbers of a type, relative: 2^-p for p bits of precision; 0 for integers and what is no number. */
export const precisionOf = (dtype: string): number =>
  ({ float16: 2 ** -11, bfloat16: 2 ** -8, float32: 2 ** -24, float64: 2 ** -53 })[dtype] ?? 0;

/** One side of a comparison. */
export interface Side {
  weights: readonly SideWeight[];
  /** Stable paths and shapes of the whole model, whatever was chosen of it; null where nothing is known but the weights. */
  plan: readonly string[] | null;
}

/** Reads the chosen ones among all weights of a model. */
export async function readSide(all: readonly Weight[], chosen: readonly Weight[]): Promise<Side> {
  const weights: SideWeight[] = [];
  for (const weight of chosen) {
    const { path, stablePath, dtype, shape } = weight;
    const kind = weight.layer?.getClassName();
    const entries = await readEntries(weight);
    weights.push({ path, stablePath, dtype, shape, entries, kind, precision: precisionOf(dtype) });
  }
  return { weights, plan: all.map(({ stablePath, shape }) => `${stablePath} ${shape}`) };
}

const dtypeOf = (entries: ArrayBufferView): tf.DataType => {
  if (entries instanceof Int32Array) return 'int32';
  return entries instanceof Uint8Array ? 'bool' : 'float32';
};

/** A side of values by path alone. */
export function sideOfValues(values: ReadonlyMap<string, Exclude<Entries, readonly Uint8Array[]>>): Side {
  const stable = stablePaths([...values.keys()]);
  const weights = [...values].map(([path, entries], i) => ({
    path,
    stablePath: stable[i]!,
    dtype: dtypeOf(entries),
    shape: null,
    entries,
    precision: precisionOf(dtypeOf(entries)),
  }));
  return { weights, plan: null };
}

/** Whether two models are built alike: the same stable paths and shapes. */
export const builtAlike = (first: Side, second: Side): boolean => {
  if (first.plan === null || second.plan === null) {
    const places = ({ weights }: Side) => weights.map(({ stablePath, entries }) => `${stablePath} ${entries.length}`);
    return sameSets(places(first), places(second));
  }
  return sameSets(first.plan, second.plan);
};

function sameSets(a: readonly string[], b: readonly string[]): boolean {
  const set = new Set(a);
  return a.length === b.length && b.every((key) => set.has(key));
}

/** Without a model's plan names are taken to be the other side's where all of them are there. */
export function borrowPlaces(side: Side, other: Side): Side {
  if (side.plan !== null) return side;
  const known = new Map(other.weights.map((weight) => [weight.path, weight]));
  if (!side.weights.every(({ path }) => known.has(path))) return side;
  const weights = side.weights.map((weight) => ({ ...weight, stablePath: known.get(weight.path)!.stablePath }));
  return { weights, plan: other.plan };
}
