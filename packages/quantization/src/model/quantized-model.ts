import type * as tf from '@tensorflow/tfjs-core';
import type { SkippedWeight } from '@weightkit/core';
import type { Effect } from '../effect/effect.ts';
import type { QuantizationError } from '../grids/quantization-error.ts';
import type { QuantizedDtype } from '../grids/quantized.ts';

/** One weight that was quantized. */
export interface QuantizedWeight extends QuantizationError {
  /** Path in the model (`dense1/kernel`). */
  path: string;
  /** Name in the file. */
  name: string;
  /** Data type of the codes. */
  dtype: QuantizedDtype;
  /** Number of entries. */
  parameters: number;
  /** Bytes of its float32 values. */
  bytesBefore: number;
  /** Bytes of its codes. */
  bytesAfter: number;
}

/** One weight that is stored as it is. */
export interface UnquantizedWeight extends SkippedWeight {
  /** Name in the file. */
  name: string;
  /** Data type of the weight. */
  dtype: string;
  /** Bytes that it takes. */
  bytes: number;
}

/** What the outputs lose when one weight alone has codes of one kind. */
export interface TriedDtype {
  /** The data type. */
  dtype: QuantizedDtype;
  /** Bytes of the weight in it. */
  bytes: number;
  /** The least share of equal top classes among the outputs that are classes; null without one. */
  agree: number | null;
  /** The largest relative change among the outputs. */
  relative: number;
}

/** How sensitive the outputs are to one weight. */
export interface WeightSensitivity {
  /** Path in the model. */
  path: string;
  /** Bytes of its float32 values. */
  bytes: number;
  /** The codes that were tried, from the finest to the coarsest: the better of float16 and uint16, and uint8. */
  tried: TriedDtype[];
  /** How many probes it was tried on. */
  probes: number;
}

/** What {@link quantizeModel} did. */
export interface QuantizationReport {
  /** The quantized weights, in the order of the file. */
  weights: QuantizedWeight[];
  /** The others. */
  skipped: UnquantizedWeight[];
  /** Bytes of weights of the plain model, without model.json. */
  bytesBefore: number;
  /** Bytes of weights now, without model.json. */
  bytesAfter: number;
  /** The largest maxError / bound of all weights: at most 1, by the law of the rounding. */
  certificate: number;
  /** What the codes do to what the model says; null where no probes were asked for. */
  effect: Effect | null;
  /** With `dtype: 'auto'`: what each weight's codes do to the outputs alone, in the order of the file; null without. */
  sensitivity: WeightSensitivity[] | null;
}

/** A quantized model, ready to be saved; holds no tensors. */
export interface QuantizedModel {
  /** Topology, weight specs with `quantization`, and codes: what every TensorFlow.js loader reads. */
  artifacts: tf.io.ModelArtifacts;
  /** What was done, and how exact it is. */
  report: QuantizationReport;
}
