import type { Exam, WeightExam } from './exam.ts';
import type { Finding, StepRange } from './finding.ts';
import { percent } from './words.ts';

/** A weight counts as pruned when at least this share of its entries is 0. */
const PRUNED_SHARE = 0.1;
/** Zeros are lost when more than this share of them is. */
const LOST_SHARE = 0.01;

interface Loss {
  lost: number;
  zeros: number;
  steps: StepRange | null;
}

/**
 * Whether zeros look like those of a start and not like those of pruning: entries that are all alike (identity, Dirac), as many of them
 * in each column (a sparse start), or none at all.
 */
function isStart(values: ArrayLike<number>, columns: number): boolean {
  const counts = new Float64Array(columns);
  let [least, most] = [Infinity, 0];
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size === 0) continue;
    counts[i % columns]!++;
    least = Math.min(least, size);
    most = Math.max(most, size);
  }
  if (most === 0 || most - least <= 1e-6 * most) return true;
  return counts.every((count) => count === counts[0]);
}

function sinceBefore({ values, before, shape, kinds }: WeightExam): Loss | null {
  if (!before || before.length !== values.length) return null;
  let [zeros, lost] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (before[i] !== 0) continue;
    zeros++;
    if (values[i] !== 0) lost++;
  }
  if (!kinds.includes('mask') && isStart(before, shape.at(-1) ?? 1)) return null;
  return { zeros, lost, steps: null };
}

/** Zeros that a record has and a later one has not. At the very start zeros may be what the initializer gave. */
function inHistory({ path, values, kinds }: WeightExam, { history }: Exam): Loss | null {
  const records = history?.records ?? [];
  const masked = kinds.includes('mask');
  for (let i = 1; i < records.length; i++) {
    const [was, is] = [records[i - 1]!.weights[path], records[i]!.weights[path]];
    if (!was || !is || (!masked && i === 1)) continue;
    const [zeros, lost] = [was.moments.zeros, was.moments.zeros - is.moments.zeros];
    if (zeros >= PRUNED_SHARE * values.length && lost > LOST_SHARE * zeros)
      return { zeros, lost, steps: { after: records[i - 1]!.step, by: records[i]!.step } };
  }
  return null;
}

const isLoss = ({ zeros, lost }: Loss, { values }: WeightExam): boolean =>
  zeros >= PRUNED_SHARE * values.length && lost > LOST_SHARE * zeros;

/** Kernels that were pruned and whose zeros filled in again. */
export function maskedMoving(exam: Exam): Finding[] {
  return exam.weights.flatMap((one) => {
    if (!one.isKernel) return [];
    const since = sinceBefore(one);
    const loss = since && isLoss(since, one) ? since : inHistory(one, exam);
    if (!loss) return [];
    const { path, layer, kinds } = one;
    return [
      {
        code: 'masked-moving' as const,
        layer,
        weight: path,
        steps: loss.steps,
        message: `${loss.lost} of the ${loss.zeros} zeros of ${path} (${percent(loss.lost / loss.zeros)}) are not 0 any more`,
        evidence: [
          { measure: 'share of the zeros that was lost', value: loss.lost / loss.zeros, limit: LOST_SHARE },
          { measure: 'zeros before', value: loss.zeros, limit: null },
        ],
        cause: kinds.includes('mask')
          ? 'A parametrization above the mask fills its zeros in.'
          : 'The zeros were set once and nothing holds them: each step of the optimizer moves all entries.',
        remedy:
          'Put a mask on the weight and leave it there until training has ended; then `verify()`, and `fold()` last.',
        call: `await prune(model, { sparsity: ${Number((loss.zeros / one.values.length).toFixed(2))}, filter: '${path}' })`,
      },
    ];
  });
}
