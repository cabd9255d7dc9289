import * as tf from '@tensorflow/tfjs-core';
import type { ModelLike, Weight } from '@weightkit/core';
import { checkNumber, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { absoluteWeights } from './absolute-weights.ts';
import { type DenseStack, denseStack, readKernels } from './dense-stack.ts';
import { garson } from './garson.ts';
import { gradientTimesInput } from './gradient-times-input.ts';
import {
  agreementsOf,
  type Completeness,
  completenessOf,
  type ImportanceMethod,
  type ImportanceReport,
  type MethodImportance,
  ofExamples,
  ofWeights,
  type SkippedMethod,
  warningsOf,
} from './importance-report.ts';
import { checkOneToOne, outputOf, readOutput } from './input-gradient.ts';
import { checkIntegral, type IntegratedGradientsOptions, integratedGradients } from './integrated-gradients.ts';
import type { Kernel } from './kernel.ts';
import { olden } from './olden.ts';
import { saliency } from './saliency.ts';

/** Options of {@link importance}. */
export interface ImportanceOptions extends IntegratedGradientsOptions {
  /**
   * Which methods; one that does not apply to the model is then an error.
   * @defaultValue all that apply
   */
  methods?: readonly ImportanceMethod[];
  /**
   * A batch of the model's inputs, borrowed, for the methods that take gradients.
   * @defaultValue none: the weights alone are looked at
   */
  x?: tf.Tensor;
  /**
   * Two methods whose rank correlation is below this are warned about: from -1 to 1.
   * @defaultValue 0.7
   */
  agreement?: number;
}

const OF_WEIGHTS = ['absolute', 'garson', 'olden'] as const;
const OF_GRADIENTS = ['saliency', 'gradientTimesInput', 'integratedGradients'] as const;
const METHODS: readonly ImportanceMethod[] = [...OF_WEIGHTS, ...OF_GRADIENTS];

/** Why a method does not apply, or null where it does. */
function whyNot(method: ImportanceMethod, stack: DenseStack, x: tf.Tensor | undefined): string | null {
  if (OF_GRADIENTS.some((name) => name === method)) return x ? null : 'it takes gradients at x, which is not given';
  if ('reason' in stack) return stack.reason;
  const hidden = stack.kernels.length - 1;
  return method === 'garson' && hidden !== 1 ? `it is for one hidden layer, not ${hidden}` : null;
}

function checkMethods(fn: string, methods: readonly ImportanceMethod[] | undefined): void {
  if (methods === undefined) return;
  checkType(Array.isArray(methods), `${fn}: methods must be a list`, methods);
  checkRange(methods.length > 0, `${fn}: methods must be one or more`, methods);
  for (const method of Array.from(methods))
    checkRange(METHODS.includes(method), `${fn}: methods must be among ${METHODS.join(', ')}`, method);
}

/** Throws unless x, and what is said of the way to it, can be. */
function checkExamples(fn: string, model: ModelLike, options: ImportanceOptions): void {
  const { x, output, baseline, steps } = options;
  if (x !== undefined) {
    outputOf(fn, model, x, output);
    checkIntegral(fn, options, x);
    return;
  }
  checkRange(baseline === undefined, `${fn}: baseline must come with x`, baseline);
  checkRange(steps === undefined, `${fn}: steps must come with x`, steps);
}

interface Plan {
  methods: ImportanceMethod[];
  skipped: SkippedMethod[];
  kernels: readonly Weight[];
}

function planOf(fn: string, model: ModelLike, { methods, x }: ImportanceOptions): Plan {
  const stack = denseStack(fn, model);
  const plan: Plan = { methods: [], skipped: [], kernels: 'kernels' in stack ? stack.kernels : [] };
  for (const method of new Set(methods ?? METHODS)) {
    const reason = whyNot(method, stack, x);
    if (reason === null) plan.methods.push(method);
    else plan.skipped.push({ method, reason });
  }
  const [first] = plan.skipped;
  const none = methods !== undefined || plan.methods.length === 0;
  checkRange(!none || !first, `${fn}: ${first?.method} must apply (${first?.reason})`, model.name);
  return plan;
}

type Tensors = Partial<Record<(typeof OF_GRADIENTS)[number] | 'residual', tf.Tensor>>;

/** What the gradients' methods give, before anything is awaited. */
function byGradients(
  model: ModelLike,
  x: tf.Tensor,
  methods: ReadonlySet<string>,
  options: ImportanceOptions,
): Tensors {
  const { baseline, steps } = options;
  const output = options.output === undefined ? {} : { output: options.output };
  const integral = { ...output, ...(baseline !== undefined && { baseline }), ...(steps !== undefined && { steps }) };
  return tf.tidy(() => {
    const tensors: Tensors = {};
    if (methods.has('saliency')) tensors.saliency = saliency(model, x, output);
    if (methods.has('gradientTimesInput')) tensors.gradientTimesInput = gradientTimesInput(model, x, output);
    if (methods.has('integratedGradients')) {
      const { attributions, residual } = integratedGradients(model, x, integral);
      Object.assign(tensors, { integratedGradients: attributions, residual });
    }
    return tensors as tf.TensorContainerObject;
  }) as Tensors;
}

/** Downloads tensors and disposes them, whatever happens. */
async function download(tensors: Tensors): Promise<Map<string, Float32Array>> {
  try {
    const values = new Map<string, Float32Array>();
    for (const [name, tensor] of Object.entries(tensors))
      values.set(name, Float32Array.from((await tensor.data()) as Float32Array));
    return values;
  } finally {
    tf.dispose(tensors as tf.TensorContainerObject);
  }
}

function byWeights(method: ImportanceMethod, kernels: readonly Kernel[], output: number): Float64Array {
  if (method === 'absolute') return absoluteWeights(kernels[0]!);
  if (method === 'garson') return garson(kernels[0]!, kernels[1]!, { output });
  return olden(kernels, { output });
}

/**
 * How much each entry of the input matters for an output, by several methods at once, and whether they agree. Each has another question
 * in mind, and any of them can mislead: where two order the inputs differently, a warning says so.
 *
 * - `absolute`, `garson` and `olden` look at the weights of a stack of Dense layers alone: see {@link absoluteWeights}, {@link garson},
 *   {@link olden}. They know nothing of how large the inputs are.
 * - `saliency`, `gradientTimesInput` and `integratedGradients` take gradients at the examples of `x`, of any model: see
 *   {@link saliency}, {@link gradientTimesInput}, {@link integratedGradients}. Over a batch, scores are means, and shares are of means of magnitudes.
 *
 * Integrated gradients that miss more than 5 % of what the output changes by are warned about, too.
 *
 * @example
 * const { importances, warnings } = await importance(model, { x, output: 1 });
 * console.log(importances.map(({ method }) => method).join()); // -> absolute,olden,saliency,gradientTimesInput,integratedGradients
 *
 * @param model - a built LayersModel of one input and one output tensor; it need not be compiled
 * @returns what each method says, plain numbers
 * @throws TypeError or RangeError for another model or bad options, when a method that is named does not apply, or none does; Error where
 * an operation has no gradient on this backend
 */
export async function importance(model: ModelLike, options: ImportanceOptions = {}): Promise<ImportanceReport> {
  const fn = 'importance';
  checkOptions(fn, options, ['methods', 'x', 'output', 'baseline', 'steps', 'agreement']);
  const { methods, x, agreement = 0.7 } = options;
  checkMethods(fn, methods);
  checkNumber(`${fn}: agreement must be from -1 to 1`, agreement, (least) => least >= -1 && least <= 1);
  checkOneToOne(fn, model);
  checkExamples(fn, model, options);
  const plan = planOf(fn, model, options);
  const outputs = plan.kernels.at(-1)?.shape[1];
  const output = outputs === undefined ? (options.output ?? 0) : readOutput(fn, options.output, outputs);
  const tensors = x ? byGradients(model, x, new Set(plan.methods), options) : {};
  const values = await download(tensors);
  const kernels = await readKernels(plan.kernels);
  const inputShape = x ? x.shape.slice(1) : [kernels[0]!.inputs];
  const features = inputShape.reduce((product, size) => product * size, 1);
  const report: ImportanceReport = {
    inputShape,
    output,
    importances: [],
    completeness: completeness(values),
    agreements: [],
    warnings: [],
    skipped: plan.skipped,
  };
  for (const method of plan.methods) {
    const given = values.get(method);
    const told = given ? ofExamples(method, given, features) : ofWeights(method, byWeights(method, kernels, output));
    keep(report, told);
  }
  report.agreements = agreementsOf(report.importances);
  report.warnings = warningsOf(report.agreements, agreement, report.completeness);
  return report;
}

function completeness(values: ReadonlyMap<string, Float32Array>): Completeness | null {
  const [attributions, residual] = [values.get('integratedGradients'), values.get('residual')];
  if (!attributions || !residual) return null;
  const told = completenessOf(attributions, residual);
  return Number.isFinite(told.residual) ? told : null;
}

/** Scores with NaN or infinity have no order. */
function keep({ importances, skipped }: ImportanceReport, told: MethodImportance): void {
  const odd = told.scores.filter((score) => !Number.isFinite(score)).length;
  if (odd === 0) importances.push(told);
  else skipped.push({ method: told.method, reason: `${odd} of its scores are not finite` });
}
