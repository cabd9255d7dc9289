import type * as tf from '@tensorflow/tfjs-core';
import type { Weight } from '@weightkit/core';
import type { AdaptedMatrix } from './adapted-matrix.ts';

/** A weight that gets an adapter. */
export interface Site {
  weight: Weight;
  matrix: AdaptedMatrix;
  /** Rank of what is added to it. */
  rank: number;
}

/** A tensor of an adapter's file, and how its values lie in memory. */
export interface Piece {
  /** What peft calls it behind the layer's name. */
  name: string;
  /** Shape in the file. */
  shape: readonly number[];
  /** Shape in memory, as long as rows have several axes. */
  inner: readonly number[];
  /** The order of axes that makes the file's of those in memory. */
  order: readonly number[];
  /** The axes in memory and in the file that are as long as the rank, where files of a smaller one can be taken. */
  rank?: { inner: number; file: number };
  /** Whether what a file of a smaller rank lacks is 0, and not what is there: of two factors one. */
  fillsZeros?: boolean;
}

type Variables = Readonly<Record<string, tf.Tensor>>;

/** What is put beside one weight. */
export interface Adapter {
  /** Its kind, for those who look at the model later. */
  kind: string;
  /** Its variables: the value of each from the weight's. */
  variables: Record<string, (value: tf.Tensor) => tf.Tensor>;
  /** The names of those that do not train. */
  held: readonly string[];
  /** What the layer computes with. */
  forward(weight: tf.Tensor, variables: Variables): tf.Tensor;
  /** What the layer adds, where the adapter changes that as well. */
  bias?: (bias: tf.Tensor, variables: Variables) => tf.Tensor;
  /** How many entries train. */
  entries: number;
  /** The tensors of its file. */
  pieces: readonly Piece[];
  /** The values of these tensors from those of the variables. */
  pack(variables: Readonly<Record<string, Float32Array>>): Float32Array[];
  /** The values of the variables from those of these tensors. */
  unpack(pieces: readonly Float32Array[], shared: readonly Float32Array[]): Record<string, Float32Array>;
}

/** Tensors of a file that all layers take their part of. */
export interface SharedPieces {
  /** Whole name and shape of each. */
  pieces: readonly { name: string; shape: readonly number[] }[];
  /** Their values, as they are in memory. */
  values(): readonly Float32Array[];
  /** Takes those of a file, whose parts are in the layers now. */
  take(values: readonly Float32Array[]): void;
  /** Whether they are written. */
  isWritten: boolean;
  /** Throws unless a file without them means the same. */
  check(fn: string, metadata: Readonly<Record<string, string | undefined>>): void;
}

/** For adapters whose file has the variables of these names, one by one. */
export const packed = (names: readonly string[]): Pick<Adapter, 'pack' | 'unpack'> => ({
  pack: (variables) => names.map((name) => variables[name]!),
  unpack: (pieces) => Object.fromEntries(names.map((name, i) => [name, pieces[i]!])),
});
