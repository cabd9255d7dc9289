import { sharesOf } from './kernel.ts';
import { rankCorrelation } from './rank-correlation.ts';

/** How importance is measured: of the weights alone, or by gradients. */
export type ImportanceMethod =
  | 'absolute'
  | 'garson'
  | 'olden'
  | 'saliency'
  | 'gradientTimesInput'
  | 'integratedGradients';

/** What one method says. */
export interface MethodImportance {
  /** The method. */
  method: ImportanceMethod;
  /** A number for each input entry, in row-major order: the method's own, for gradients the mean over the examples, with its sign. */
  scores: number[];
  /** Magnitudes, for gradients their means over the examples, as parts of their sum; zeros where all are 0. */
  shares: number[];
}

/** How far integrated gradients are from complete. */
export interface Completeness {
  /** The largest of the examples' residuals, in magnitude. */
  residual: number;
  /** That over the largest change of the output from baseline to x; 0 where both are 0, Infinity where only the change is. */
  relative: number;
}

/** How alike two methods order the inputs. */
export interface Agreement {
  /** The two. */
  methods: [ImportanceMethod, ImportanceMethod];
  /** Spearman's rank correlation of their shares, from -1 to 1; null where one gives all inputs the same share. */
  correlation: number | null;
}

/** A method that was left out. */
export interface SkippedMethod {
  /** The method. */
  method: ImportanceMethod;
  /** Why, in a few words. */
  reason: string;
}

/** What all methods say, and whether they agree. */
export interface ImportanceReport {
  /** The shape of one input. */
  inputShape: number[];
  /** The output that is explained. */
  output: number;
  /** The methods that apply. */
  importances: MethodImportance[];
  /** Of integrated gradients; null where they were not computed. */
  completeness: Completeness | null;
  /** Each pair of them. */
  agreements: Agreement[];
  /** Pairs that order the inputs otherwise than `agreement` allows, and integrated gradients that are not complete, in words. */
  warnings: string[];
  /** The methods that do not apply, and why. */
  skipped: SkippedMethod[];
}

/** Integrated gradients whose residual is above this part of the output's change are told. */
const COMPLETE = 0.05;

/** Means over examples: with signs, and of magnitudes as shares. */
export function ofExamples(method: ImportanceMethod, values: ArrayLike<number>, features: number): MethodImportance {
  const examples = values.length / features;
  const [scores, magnitudes] = [new Float64Array(features), new Float64Array(features)];
  for (let i = 0; i < values.length; i++) {
    scores[i % features]! += values[i]! / examples;
    magnitudes[i % features]! += Math.abs(values[i]!) / examples;
  }
  return { method, scores: Array.from(scores), shares: Array.from(sharesOf(magnitudes)) };
}

/** Scores of weights, one for each input. */
export const ofWeights = (method: ImportanceMethod, scores: Float64Array): MethodImportance => ({
  method,
  scores: Array.from(scores),
  shares: Array.from(sharesOf(scores)),
});

/** What residuals are, measured by the change of the output: an example's attributions add up to change + residual. */
export function completenessOf(attributions: ArrayLike<number>, residuals: ArrayLike<number>): Completeness {
  const features = attributions.length / residuals.length;
  const changes = Float64Array.from(residuals, (residual) => -residual);
  for (let i = 0; i < attributions.length; i++) changes[Math.floor(i / features)]! += attributions[i]!;
  const largest = (values: ArrayLike<number>): number =>
    Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const [residual, change] = [largest(residuals), largest(changes)];
  return { residual, relative: residual === 0 ? 0 : residual / change };
}

/** How alike each two of the methods order the inputs. */
export const agreementsOf = (importances: readonly MethodImportance[]): Agreement[] =>
  importances.flatMap((one, i) =>
    importances.slice(i + 1).map((other): Agreement => {
      return { methods: [one.method, other.method], correlation: rankCorrelation(one.shares, other.shares) };
    }),
  );

/** What a reader should know before believing any of it. */
export function warningsOf(
  agreements: readonly Agreement[],
  least: number,
  completeness: Completeness | null,
): string[] {
  const apart = agreements.filter(({ correlation }) => correlation !== null && correlation < least);
  const incomplete = completeness !== null && !(completeness.relative <= COMPLETE);
  return [
    ...apart.map(
      ({ methods: [one, other], correlation }) =>
        `${one} and ${other} order the inputs differently: rank correlation ${correlation!.toFixed(2)}, below ${least}`,
    ),
    ...(incomplete
      ? [
          `integratedGradients are not complete: they miss ${(100 * completeness.relative).toFixed(1)} % of the output's change; take more steps`,
        ]
      : []),
  ];
}
