import { singularValues } from '@weightkit/numerics';
import { matrixShape } from '../spectral/matrix-shape.ts';
import { effectiveRankOf } from '../spectral/of-singular-values.ts';
import { beganAtZero } from './began-at-zero.ts';
import { cutOff } from './cut-off.ts';
import type { Exam, WeightExam } from './exam.ts';
import type { Finding } from './finding.ts';
import { percent, short } from './words.ts';

/** A kernel is ill when its effective rank is below this share of the rank that it could have. */
const RANK_SHARE = 0.2;
/** Smaller kernels have no rank to lose. */
const FEW = 4;
/** rows * cols * min(rows, cols) up to which singular values are computed: a second or so. */
const MOST = 2e9;

/** Kernels of which a few directions are all that is left. */
export function rankCollapse(exam: Exam): Finding[] {
  return exam.weights.filter((one) => !beganAtZero(one, exam)).flatMap(finding);
}

function finding({ path, layer, property, isKernel, shape, values, units }: WeightExam): Finding[] {
  if (!isKernel || !units || property === 'embeddings') return [];
  const matrix = matrixShape(shape);
  // Units that nothing comes into are another fault.
  const alive = Math.round(matrix.cols * (1 - cutOff({ units, values }).size / units.units));
  const least = Math.min(matrix.rows, alive);
  if (least < FEW || matrix.rows * matrix.cols * least > MOST || !values.every(Number.isFinite)) return [];
  const sigma = singularValues(values, matrix);
  const rank = effectiveRankOf(sigma);
  if (rank === 0 || rank >= RANK_SHARE * least) return [];
  return [
    {
      code: 'rank-collapse',
      layer,
      weight: path,
      steps: null,
      message: `${path} has an effective rank of ${short(rank)}, ${percent(rank / least)} of the ${least} that it could have`,
      evidence: [
        { measure: 'effective rank over the rank that it could have', value: rank / least, limit: RANK_SHARE },
        { measure: 'effective rank', value: rank, limit: null },
        { measure: 'share of the squared norm in the first direction', value: share(sigma), limit: null },
      ],
      cause:
        'A few directions have grown over all others: steps that were too long, inputs that all point one way (far from mean 0), or strong decay of weights. The units say the same but for a factor.',
      remedy:
        'Start the kernel orthogonal, center the inputs, and take a lower learning rate; or factor it, since a small rank is all that it uses.',
      call: `initialize(model, { '${path}': orthogonal() }, { seed: 1 })`,
    },
  ];
}

function share(sigma: Float64Array): number {
  const largest = sigma[0]!;
  return 1 / sigma.reduce((sum, value) => sum + (value / largest) ** 2, 0);
}
