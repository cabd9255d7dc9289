import type { Exam, WeightExam } from './exam.ts';

/**
 * Whether a weight is known to have begun at 0, as the last kernel of a branch does. Its first steps are long beside it, and its rank is
 * that of the few steps that it has made: neither is a fault.
 */
export const beganAtZero = ({ path, before }: WeightExam, { history }: Exam): boolean =>
  (before?.every((value) => value === 0) ?? false) || history?.records[0]?.weights[path]?.moments.l2 === 0;
