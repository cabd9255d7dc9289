import * as tf from '@tensorflow/tfjs-core';
import { inverseSoftplus, softplus } from './softplus.ts';
import { spectrum } from './spectrum.ts';
import type { FactorStructure } from './structure.ts';

// Above the floor: nearer to it steps of the map are small.
const LEAST = 1e-4;

/** Matrices of exactly a rank: their singular values are `floor` + log(1 + eˣ). */
export const fixedRank = (rank: number, floor: number): FactorStructure =>
  spectrum(() => rank, {
    values: (x) => tf.add(floor, softplus(x)),
    inverse: (s) => inverseSoftplus(tf.maximum(tf.sub(s, floor), LEAST)),
  });
