import type { Checkpoint } from '@weightkit/checkpoint';
import { UsageError } from '../output/usage-error.ts';
import {
  type CompareOutputsOptions,
  comparing,
  type Effect,
  type Loaded,
  type ShapedNumbers,
} from '../running/comparing.ts';
import { checkRuns, modelOf } from '../running/model-of.ts';
import { probesOf } from '../running/probes-of.ts';
import { BACKENDS, type BackendName, type Importer, loadTensorflow } from '../running/tensorflow.ts';

/** Options of {@link verify}. */
export interface VerifyOptions {
  /** What models are run on: two files on each of them, one file on all of them, the first to compare with. */
  readonly backends: readonly BackendName[];
  /** Examples in a file, or how many are to be made. */
  readonly probes: Checkpoint | number;
  /** The least share of equal top classes. */
  readonly agree?: number | undefined;
  /** How far outputs may go, relative to their size. */
  readonly maxRelative: number;
  readonly onProgress?: (what: string, done: number, total: number) => void;
  readonly signal: AbortSignal;
  readonly importer?: Importer | undefined;
}

/** Two runs that were compared. */
export interface Comparison extends Effect {
  /** The backend. */
  readonly on: BackendName;
  /** That of the run that it is compared with: the same where two files are compared. */
  readonly against: BackendName;
  /** Whether it is as near as was asked for. */
  readonly holds: boolean;
}

/** What {@link verify} found. */
export interface Verification {
  readonly comparisons: readonly Comparison[];
  /** Whether all of them hold. */
  readonly holds: boolean;
}

type Probes = number | readonly ShapedNumbers[];

function holds(effect: Effect, { agree, maxRelative }: VerifyOptions): boolean {
  if (agree !== undefined && effect.agree === null)
    throw new UsageError('no output of the model is of classes, so that --agree says nothing', '--max-relative 0.01');
  const same = agree === undefined || effect.agree! >= agree;
  return same && effect.relative <= maxRelative && effect.firstDiverging === null;
}

/**
 * Runs two models, or one on several backends, and says what is not the same: outputs, and layer by layer.
 *
 * @throws UsageError where TensorFlow.js or a backend is not installed, for files that are no models, and for one file on one backend
 */
export async function verify(
  [before, after]: readonly [Checkpoint, Checkpoint | undefined],
  options: VerifyOptions,
): Promise<Verification> {
  const { backends, probes, onProgress, signal, importer } = options;
  checkRuns('the first', before);
  if (after) checkRuns('the second', after);
  else if (backends.length < 2)
    throw new UsageError(
      `one model must be run on two backends or more, got ${backends.join()} alone`,
      '--backends cpu,wasm, or a second model',
    );
  const tf = await loadTensorflow(backends, importer);
  const { compareBackends, compareOutputs } = await comparing();
  let given: Probes | undefined = typeof probes === 'number' ? probes : undefined;
  /** Reads examples once, by what a model says of its inputs. */
  const probesFor = async (model: Loaded): Promise<Probes> => {
    given ??= await probesOf(probes as Checkpoint, model);
    return given;
  };
  const telling = (given: Probes, what: string): CompareOutputsOptions => ({
    probes: given,
    signal,
    onProgress: ({ done, total }) => onProgress?.(what, done, total),
  });
  const found: [BackendName, BackendName, Effect][] = [];
  if (after)
    for (const backend of backends) {
      // Where it does not start, models would run on another one without a word.
      if (!(await tf.setBackend(BACKENDS[backend][1])))
        throw new UsageError(`the backend ${backend} does not start here`, 'another of --backends');
      const models = [await modelOf(tf, before)];
      try {
        models.push(await modelOf(tf, after));
        const options = telling(await probesFor(models[0]!), backend);
        found.push([backend, backend, await compareOutputs(models[0]!, models[1]!, options)]);
      } finally {
        for (const model of models) model.dispose();
      }
    }
  else {
    const names = backends.map((backend) => BACKENDS[backend][1]);
    if (given === undefined) {
      const model = await modelOf(tf, before);
      await probesFor(model).finally(() => model.dispose());
    }
    const options = telling(given!, 'one after the other');
    const effects = await compareBackends(() => modelOf(tf, before), names, options);
    for (const backend of backends.slice(1)) found.push([backend, backends[0]!, effects[BACKENDS[backend][1]]!]);
  }
  const comparisons = found.map(([on, against, effect]) => ({ on, against, holds: holds(effect, options), ...effect }));
  return { comparisons, holds: comparisons.every((one) => one.holds) };
}
