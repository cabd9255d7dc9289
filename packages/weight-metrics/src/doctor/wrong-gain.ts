import { ACTIVATIONS, type ActivationName, gain } from '@weightkit/core';
import { moments } from '@weightkit/numerics';
import type { Exam, LayerExam, WeightExam } from './exam.ts';
import type { Finding } from './finding.ts';
import { short } from './words.ts';

/** A fresh kernel is ill when its variance is so many times outside of what the usual laws give. */
const FRESH_FACTOR = { below: 2.5, above: 2.5 };
/** One that was trained: training makes weights larger. */
const TRAINED_FACTOR = { below: 100, above: 50 };

/** The variance times fan-in that keeps the mean square through an activation. */
function wanted({ name, slope }: ActivationName): number {
  if (name === 'leakyRelu') return gain('leakyRelu', slope === undefined ? {} : { slope }) ** 2;
  return Object.hasOwn(ACTIVATIONS, name) ? gain(name, { convention: 'variance' }) ** 2 : 1;
}

/** Variances times fan-in that the usual laws give: LeCun, He, Glorot, orthogonal, PyTorch's default, and that of the activation. */
function usual({ fanIn, fanOut }: WeightExam, activation: ActivationName): { low: number; high: number } {
  const laws = [1, 2, (2 * fanIn) / (fanIn + fanOut), fanIn / Math.max(fanIn, fanOut), 1 / 3, wanted(activation)];
  return { low: Math.min(...laws), high: Math.max(...laws) };
}

interface Spread {
  variance: number;
  isFresh: boolean;
}

/** The variance at the start of the history where there is one, else now. */
function spreadOf({ path, values }: WeightExam, { history, isFresh }: Exam): Spread | null {
  const start = history?.records[0];
  const std = start?.at === 'start' && start.step === 0 ? start.weights[path]?.moments.std : undefined;
  if (typeof std === 'number') return { variance: std ** 2, isFresh: true };
  const now = moments(values);
  return now.nonFinite > 0 || now.count === 0 ? null : { variance: now.std ** 2, isFresh };
}

/** What a wrong fan would explain: the number of inputs as which somebody seems to have counted. */
function explained(one: WeightExam, normalized: number): string | null {
  const near = one.otherFans
    .flatMap(([name, fan]) =>
      [1, 2].map((scale) => ({ name, fan, off: Math.abs(Math.log((normalized * fan) / (scale * one.fanIn))) })),
    )
    .filter(({ fan, off }) => fan !== one.fanIn && off < 0.35)
    .sort((a, b) => a.off - b.off)[0];
  return near ? `as if its fan were ${near.name} (${near.fan})` : null;
}

function finding(one: WeightExam, { activation }: LayerExam, exam: Exam): Finding[] {
  const spread = spreadOf(one, exam);
  if (!spread || spread.variance === 0) return [];
  const { path, layer, property, fanIn, values } = one;
  const normalized = spread.variance * fanIn;
  const { low, high } = usual(one, property === 'recurrentKernel' ? { name: 'linear' } : activation);
  const { below, above } = spread.isFresh ? FRESH_FACTOR : TRAINED_FACTOR;
  // Four standard errors of a variance from so many normal entries.
  const chance = 1 + 4 * Math.sqrt(2 / values.length);
  if (normalized >= low / below / chance && normalized <= high * above * chance) return [];
  const isLarge = normalized > high;
  const limit = isLarge ? high * above * chance : low / below / chance;
  const best = Math.sqrt(wanted(activation) / fanIn);
  const reason = explained(one, normalized);
  return [
    {
      code: 'wrong-gain',
      layer,
      weight: path,
      steps: null,
      message: `${path} has a standard deviation of ${short(Math.sqrt(spread.variance))}, too ${isLarge ? 'large' : 'small'} for ${fanIn} inputs and ${activation.name}${reason ? `, ${reason}` : ''}`,
      evidence: [
        { measure: 'variance times fan-in', value: normalized, limit },
        { measure: 'standard deviation that keeps the variance', value: best, limit: null },
      ],
      cause: `${reason ? `The fan was counted wrongly: ${reason}.` : 'The gain does not fit the activation, or the fan was counted wrongly.'} Each such layer makes signals ${isLarge ? 'larger' : 'smaller'}.`,
      remedy: 'Start it with the variance of its own fan-in and activation, which `recommend(model)` names.',
      call: `initialize(model, { '${path}': varianceScaling({ scale: ${short(wanted(activation))} }) }, { seed: 1 })`,
    },
  ];
}

/** Kernels whose variance fits no usual law for their fan-in and activation. What a normalization follows may have any. */
export function wrongGain(exam: Exam): Finding[] {
  const layers = new Map(exam.layers.map((layer) => [layer.path, layer]));
  return exam.weights.flatMap((one) => {
    const layer = layers.get(one.layer);
    if (!layer || !one.isKernel || !one.units || one.property === 'embeddings') return [];
    if (layer.isNormalized || one.kinds.length > 0) return [];
    return finding(one, layer, exam);
  });
}
