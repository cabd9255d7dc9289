import type { Exam, WeightExam } from './exam.ts';
import type { Finding, StepRange } from './finding.ts';
import { short } from './words.ts';

interface Move {
  relative: number;
  steps: StepRange | null;
}

/** How far a weight went from its values before, over their length; 0 where nothing differs. */
function sinceBefore({ values, before }: WeightExam): Move | null {
  if (!before || before.length !== values.length) return null;
  let [change, size] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const [a, b] = [values[i]!, before[i]!];
    if (a === b || a - a !== 0 || b - b !== 0) continue;
    change += (a - b) ** 2;
  }
  for (const b of before) size += b * b;
  if (change === 0) return null;
  return { relative: size === 0 ? Infinity : Math.sqrt(change / size), steps: null };
}

/** Where records show that it went although no optimizer stepped it. */
function inHistory({ path }: WeightExam, { history }: Exam): Move | null {
  const records = history?.records ?? [];
  for (let i = 1; i < records.length; i++) {
    const at = records[i]!.weights[path];
    const relative = Number(at?.fromPrevious?.relative ?? 0);
    if (at?.update === null && relative !== 0)
      return { relative, steps: { after: records[i - 1]!.step, by: records[i]!.step } };
  }
  return null;
}

/** Weights that are not to be trained and went nevertheless: since the values before, or without a step of the optimizer. */
export function frozenMoving(exam: Exam): Finding[] {
  return exam.weights.flatMap((one) => {
    if (one.trainable || one.isStatistic) return [];
    const move = sinceBefore(one) ?? inHistory(one, exam);
    if (!move) return [];
    const { path, layer, property } = one;
    const isNorm = property === 'movingMean' || property === 'movingVariance';
    return [
      {
        code: 'frozen-moving' as const,
        layer,
        weight: path,
        steps: move.steps,
        message: `${path} is frozen and went by ${short(move.relative)} of its length`,
        evidence: [{ measure: 'relative distance', value: move.relative, limit: 0 }],
        cause: isNorm
          ? 'Freezing a batch normalization keeps its scale and shift; TensorFlow.js goes on moving the statistics in training.'
          : 'Something else than the optimizer of a frozen model writes it: a loop of your own, an average of weights, or another model that shares it.',
        remedy: 'Freeze it so that it stands still, statistics included, and let `verify()` prove it after training.',
        call: `await freeze(model, '${path}')`,
      },
    ];
  });
}
