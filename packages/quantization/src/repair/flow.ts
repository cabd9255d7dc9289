import type { LinearLayer } from './kernel-units.ts';

/** One place of a model where something is computed, as the repairs see it: a call of a layer, or a node of a graph. */
export interface Site {
  /** The path of the layer, or the name of the node. */
  path: string;
  /** Its kernels and bias, where it is a linear map. */
  linear: LinearLayer | undefined;
  /**
   * What becomes of a positive factor of each unit: `pass`, `cut` (at 6 whatever the factor), `join` (what has the same factors goes in and
   * comes out), `concat` (the units of each input come one after the other), or why it does not come through. Of a linear map, what its
   * activation does.
   */
  does: 'pass' | 'cut' | 'join' | 'concat' | string;
  /** Why its weights cannot be changed, as in `is called twice`. */
  fixed: string | undefined;
  /** Numbers of the tensors that it reads. */
  inputs: number[];
  /** Of those that it makes. */
  outputs: number[];
  /** Weights of one number for each unit that scale as the units do: what is added to them, or bounds them. */
  vectors: string[];
  /** How many numbers the last axis has now, where that can be more than units. */
  length: number | undefined;
}

/** What a model computes. */
export interface Flow {
  sites: Site[];
  /** How many tensors there are. */
  tensors: number;
  /** Those that the model gives out. */
  given: ReadonlySet<number>;
  /** How many units tensors have that nothing makes, where it is known. */
  widths: ReadonlyMap<number, number>;
}
