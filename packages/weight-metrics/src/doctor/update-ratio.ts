import { beganAtZero } from './began-at-zero.ts';
import type { Exam, WeightExam } from './exam.ts';
import type { Finding } from './finding.ts';
import { short } from './words.ts';

/** Steps over weights that are usual: about 1e-3, https://cs231n.github.io/neural-networks-3/#ratio. */
const RATIO = { least: 1e-6, most: 0.1 };

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;

/** The ratios of a kernel's records, oldest first. */
function ratiosOf({ path }: WeightExam, { history }: Exam): { step: number; ratio: number }[] {
  return (history?.records ?? []).flatMap(({ step, weights }) => {
    const ratio = weights[path]?.update?.meanRelative;
    return typeof ratio === 'number' ? [{ step, ratio }] : [];
  });
}

/**
 * Kernels whose steps are too long or too short for them. Too long: in the first record or in half of them. Too short: in all
 * of them, since a model that has learned what it can takes short steps too.
 */
export function updateRatio(exam: Exam): Finding[] {
  return exam.weights.flatMap((one) => {
    if (!one.isKernel) return [];
    const ratios = ratiosOf(one, exam).map(({ ratio }) => ratio);
    if (ratios.length === 0) return [];
    const [usual, most] = [middle(ratios), Math.max(...ratios)];
    const isLarge = Math.max(usual, ratios[0]!) > RATIO.most && !beganAtZero(one, exam);
    if (!isLarge && !(most < RATIO.least)) return [];
    const value = isLarge ? Math.max(usual, ratios[0]!) : most;
    // Steps that rounding swallows tell nothing of their size.
    const factor = 10 ** Math.round(Math.log10(1e-3 / Math.min(1e3, Math.max(value, 1e-9))));
    const { path, layer } = one;
    return [
      {
        code: 'update-ratio' as const,
        layer,
        weight: path,
        steps: null,
        message: `each step moves ${path} by ${short(value)} of its length, too ${isLarge ? 'far' : 'little'}: about 0.001 is usual`,
        evidence: [{ measure: 'step over weight', value, limit: isLarge ? RATIO.most : RATIO.least }],
        cause: isLarge
          ? 'The learning rate is too high for this weight, or its gradients are too large: it jumps about instead of settling.'
          : 'The learning rate is too low for this weight, or hardly any gradient reaches it: it does not learn.',
        remedy: `${isLarge ? 'Divide' : 'Multiply'} the learning rate by about ${short(isLarge ? 1 / factor : factor)}${isLarge ? '' : ', if gradients do not vanish'}.`,
        call: `model.compile({ optimizer: tf.train.sgd(learningRate * ${short(factor)}), loss }) // or your optimizer`,
      },
    ];
  });
}
