import type * as tf from '@tensorflow/tfjs-core';
import { checkModel, checkModelAndBatch, type ModelLike, weightsOf } from '@weightkit/core';
import { checkOptions, isPlainObject } from '@weightkit/numerics/check';
import type { Snapshot } from '../comparison/snapshot.ts';
import type { WatchHistory } from '../training/watch-history.ts';
import { asText } from './as-text.ts';
import { checkBeforeOf, checkHistoryOf } from './check-given.ts';
import { deadUnits } from './dead-units.ts';
import { duplicateUnits } from './duplicate-units.ts';
import type { Exam } from './exam.ts';
import { examine } from './examine.ts';
import { exploding } from './exploding.ts';
import type { FaultCode, Finding, Unchecked } from './finding.ts';
import { firstNan } from './first-nan.ts';
import { frozenMoving } from './frozen-moving.ts';
import { inputScale } from './input-scale.ts';
import { maskedMoving } from './masked-moving.ts';
import { rankCollapse } from './rank-collapse.ts';
import { saturation } from './saturation.ts';
import { updateRatio } from './update-ratio.ts';
import { vanishing } from './vanishing.ts';
import { wrongGain } from './wrong-gain.ts';

/** What {@link doctor} may look at beside the weights. */
export interface DoctorData {
  /**
   * A batch as the model takes it, or a list with a tensor for each input; 32 examples or more. Borrowed.
   * @defaultValue none: weights alone are looked at
   */
  batch?: tf.Tensor | tf.Tensor[];
  /**
   * The weights at an earlier time, by {@link snapshot}: taken after freezing or pruning and before training.
   * @defaultValue none
   */
  before?: Snapshot;
}

/** What {@link doctor} found. Plain data. */
export interface Diagnosis {
  /** Whether nothing was found. */
  healthy: boolean;
  /** What was found: what causes other faults first, and of one kind in the order of the data. */
  findings: Finding[];
  /** What was not looked for, with what it would take. */
  unchecked: Unchecked[];
  /** All of it as text. */
  text: string;
}

/** In the order in which they are reported: what causes others first. */
const CHECKS: readonly (readonly [code: FaultCode, check: (exam: Exam) => Finding[]])[] = [
  ['first-nan', firstNan],
  ['input-scale', inputScale],
  ['wrong-gain', wrongGain],
  ['duplicate-units', duplicateUnits],
  ['dead-units', deadUnits],
  ['saturation', saturation],
  ['rank-collapse', rankCollapse],
  ['vanishing', vanishing],
  ['exploding', exploding],
  ['update-ratio', updateRatio],
  ['frozen-moving', frozenMoving],
  ['masked-moving', maskedMoving],
];

const OF_DATA: readonly FaultCode[] = ['input-scale', 'saturation', 'vanishing', 'exploding'];

function uncheckedIn({ hasData, hasBefore, noGradients, history }: Exam): Unchecked[] {
  const found: Unchecked[] = [];
  if (!hasData) for (const code of OF_DATA) found.push({ code, reason: 'it takes a batch of data' });
  else if (noGradients !== null)
    for (const code of ['vanishing', 'exploding'] as const)
      found.push({ code, reason: `only forward, for gradients could not be taken: ${noGradients}` });
  if (!history) found.push({ code: 'update-ratio', reason: 'it takes the history of watch' });
  if (!history && !hasBefore)
    for (const code of ['frozen-moving', 'masked-moving'] as const)
      found.push({ code, reason: 'it takes the history of watch, or a snapshot from before' });
  return found;
}

/**
 * Looks for what is wrong with a model: twelve faults, each with the numbers that show it, its cause, and the call that mends it.
 *
 * | code | what | takes |
 * | --- | --- | --- |
 * | `first-nan` | the first NaN or infinity: layer, and step where there is a history | weights, better data, history |
 * | `input-scale` | inputs far from mean 0 and variance 1 | data |
 * | `wrong-gain` | a variance that fits no usual law for the fan-in and the activation | weights |
 * | `duplicate-units` | units that are copies of each other | weights |
 * | `dead-units` | units that give the same for every example | data; without, incoming weights of 0 |
 * | `saturation` | activations and gates that stand at their ends | data |
 * | `rank-collapse` | kernels of which few directions are left | weights |
 * | `vanishing` | signals and gradients that fade over layers or time | data |
 * | `exploding` | signals and gradients that grow over layers, time or training | data; history |
 * | `update-ratio` | steps too long or too short for the weights: the learning rate | history |
 * | `frozen-moving` | weights that are frozen and move | `before` or history |
 * | `masked-moving` | pruned entries that are not 0 any more | `before` or history |
 *
 * The data go through once forward, and up to 32 examples once back, in inference. Layers before a normalization may have any variance.
 * The output layer may saturate. Nothing is changed.
 *
 * @example
 * const { healthy, text } = await doctor(model, x);
 * if (!healthy) console.log(text);
 *
 * @param model - a built LayersModel; it need not be compiled
 * @param data - a batch, or what {@link DoctorData} lists; borrowed
 * @param history - what `watch` has collected, as it is or from JSON; borrowed
 * @returns the diagnosis
 * @throws TypeError or RangeError for another model, batch, snapshot or history
 */
export async function doctor(
  model: ModelLike,
  data: tf.Tensor | tf.Tensor[] | DoctorData = {},
  history?: WatchHistory,
): Promise<Diagnosis> {
  checkModel('doctor', model);
  const given: DoctorData = isPlainObject(data) ? (data as DoctorData) : { batch: data as tf.Tensor };
  checkOptions('doctor', given, ['batch', 'before'], 'data');
  const { batch, before } = given;
  if (batch !== undefined) checkModelAndBatch('doctor', model, batch);
  const weights = weightsOf(model, undefined, 'doctor');
  if (before !== undefined) checkBeforeOf(weights, before);
  if (history !== undefined) checkHistoryOf(weights, history);
  const exam = await examine(model, { batch: batch ?? null, before: before ?? null, history: history ?? null });
  const findings = CHECKS.flatMap(([, check]) => check(exam));
  const unchecked = uncheckedIn(exam);
  return {
    healthy: findings.length === 0,
    findings,
    unchecked,
    text: asText(findings, unchecked, exam.layers.length),
  };
}
