import * as tf from '@tensorflow/tfjs';
import { fastKernels, tapOptimizer, weightsOf } from '@weightkit/core';
import type { Run } from '@weightkit/lesson';
import { histogram, moments, permutation, randomKey } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { doctor } from '@weightkit/weight-metrics';
import {
  type Case,
  type Cause,
  CURES,
  type Cure,
  caseOf,
  FROM_WARD,
  KIND_NAMES,
  type Kind,
  layersOf,
  PATIENTS,
  PLACES,
  type Place,
  patientOf,
} from './cases.ts';
import { DIAGNOSES } from './diagnoses.ts';
import { buildNet, type Examples, examplesOf, plant, treat, UNITS } from './network.ts';

export interface Params {
  /** A bed of the ward. */
  patient: string;
  /** What the reader thinks it is. */
  diagnosis: 'not yet' | Cause;
  /** Where the reader thinks it is, and where the treatment is given. */
  where: Place;
  /** What is done about it. */
  cure: Cure;
  /** A fault to be planted in place of a patient's. */
  plant: typeof FROM_WARD | Kind;
  /** Steps of training. */
  steps: number;
  seed: number;
}

/** What a layer gives on some digits, before any training. */
export interface Signal {
  mean: number;
  std: number;
  /** Share of what it gives that is 0 (ReLU) or beyond ±0.99 (tanh). */
  ends: number;
}

/** The gradient of each layer's kernel at a step: its standard deviation; NaN where it is not finite. */
export interface Moment {
  step: number;
  gradients: number[];
}

/** Values of a kernel. */
export interface Spread {
  mean: number;
  std: number;
  edges: number[];
  counts: number[];
  nonFinite: number;
}

/** One network: as it was before training, and what became of it. */
export interface NetRun {
  /** What comes in, then each layer. */
  signals: Signal[];
  /** Of each layer's kernel. */
  before: Spread[];
  after: Spread[];
  /** The first weights of the first units of each hidden layer: a row for each input. */
  corners: number[][][];
  moments: Moment[];
  /** Loss of each step; NaN where it is not finite. */
  losses: number[];
  /** Share of the test digits that are right in the end. */
  accuracy: number;
}

/** A finding of `doctor`. */
export interface Found {
  code: string;
  layer: string;
  message: string;
  /** For a gain: whether the variance is too large. */
  isLarge: boolean;
}

export interface Result {
  case: Case;
  patient: NetRun;
  /** The same network without the fault. */
  twin: NetRun;
  /** The patient after the treatment; nothing without one. */
  treated?: NetRun;
  /** What `doctor` finds in the patient before training. */
  findings: Found[];
}

const BATCH = 50;
const DIGITS = 3000;
const TEST = 500;
/** Digits that are looked at. */
const LOOK = 200;
const RATE = 0.03;
/** Moments at which gradients are kept. */
const MOMENTS = 10;
const BINS = 24;
const CORNER = 16;

const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN);
const short = (value: number): number => Number(value.toPrecision(4));

function spreadOf(values: Float32Array): Spread {
  const { mean, std, min, nonFinite } = moments(values);
  // Values that are all the same have a narrow bin.
  const range = std === 0 && Number.isFinite(min) ? { range: [min - 0.005, min + 0.005] as const } : {};
  const { edges, counts } = histogram(values, { bins: BINS, ...range });
  return {
    mean: finite(mean),
    std: nonFinite > 0 ? Number.NaN : std,
    edges: Array.from(edges, short),
    counts: [...counts],
    nonFinite,
  };
}

async function kernelsOf(model: tf.LayersModel): Promise<Float32Array[]> {
  const kernels = weightsOf(model, '*/kernel').map((weight) => weight.read());
  const values = await Promise.all(kernels.map(async (kernel) => ((await kernel.data()) as Float32Array).slice()));
  tf.dispose(kernels);
  return values;
}

/** Rows are inputs. Those of layer 1 begin in the middle of the image: at its margin all pixels are alike. */
const cornerOf = (kernel: Float32Array, layer: number): number[][] =>
  Array.from({ length: CORNER }, (_, row) => {
    const at = (row + (layer === 0 ? 14 * 28 : 0)) * UNITS;
    return Array.from(kernel.subarray(at, at + CORNER), (value) => Number(value.toPrecision(3)));
  });

// #region tools
/** Tool 1: what each layer gives. */
async function signalsOf(model: tf.LayersModel, activation: Case['activation'], x: tf.Tensor): Promise<Signal[]> {
  const all = tf.model({
    inputs: model.inputs,
    outputs: model.layers.map(({ output }) => output as tf.SymbolicTensor),
  });
  const outputs = [x, ...(all.predict(x) as tf.Tensor[])];
  const values = await Promise.all(outputs.map((tensor) => tensor.data() as Promise<Float32Array>));
  tf.dispose(outputs.slice(1));
  return values.map((one, i) => {
    const isEnd = (value: number) => (activation === 'relu' ? value === 0 : Math.abs(value) > 0.99);
    const ends = i === 0 || i > model.layers.length - 1 ? 0 : one.filter(isEnd).length / one.length;
    const { mean, std } = moments(one);
    return { mean: finite(mean), std: finite(std), ends };
  });
}

/** Tool 2: the gradients of a training step, of whatever optimizer. */
function watchGradients(model: tf.LayersModel) {
  const names = weightsOf(model, '*/kernel').map(({ variable }) => variable!.name);
  let kept: tf.Tensor[] | undefined;
  const untap = tapOptimizer(model.optimizer, {
    before: (gradients) => {
      const of = (name: string) => gradients.find((one) => one.name === name)!.tensor;
      if (kept) kept.push(...names.map((name) => tf.keep(tf.clone(of(name)))));
    },
  });
  return {
    async during<T>(step: () => Promise<T>): Promise<{ value: T; gradients: number[] }> {
      kept = [];
      const value = await step();
      const values = await Promise.all(kept.map((tensor) => tensor.data() as Promise<Float32Array>));
      tf.dispose(kept);
      kept = undefined;
      const stats = values.map((gradient) => moments(gradient));
      return { value, gradients: stats.map(({ std, nonFinite }) => (nonFinite > 0 ? Number.NaN : std)) };
    },
    untap,
  };
}
// #endregion

/** A network in training, with what is kept of it. */
interface Bed {
  model: tf.LayersModel;
  optimizer: tf.Optimizer;
  watch: ReturnType<typeof watchGradients>;
  train: Examples;
  test: Examples;
  run: NetRun;
}

async function admit(
  model: tf.LayersModel,
  activation: Case['activation'],
  rate: number,
  train: Examples,
  test: Examples,
): Promise<Bed> {
  const optimizer = tf.train.sgd(rate);
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const look = tf.slice(train.x, 0, LOOK);
  const [signals, kernels] = [await signalsOf(model, activation, look), await kernelsOf(model)];
  look.dispose();
  const run: NetRun = {
    signals,
    before: kernels.map(spreadOf),
    after: [],
    corners: kernels.slice(0, -1).map(cornerOf),
    moments: [],
    losses: [],
    accuracy: Number.NaN,
  };
  return { model, optimizer, watch: watchGradients(model), train, test, run };
}

async function step({ model, watch, train, run }: Bed, at: number, steps: number, chosen: tf.Tensor1D) {
  const [x, y] = [tf.gather(train.x, chosen), tf.gather(train.y, chosen)];
  const trained = async () => finite(((await model.trainOnBatch(x, y)) as number[])[0]!);
  const every = Math.max(1, Math.floor(steps / MOMENTS));
  if (at === 1 || at % every === 0 || at === steps) {
    const { value, gradients } = await watch.during(trained);
    run.losses.push(value);
    run.moments.push({ step: at, gradients });
  } else run.losses.push(await trained());
  tf.dispose([x, y]);
}

async function discharge({ model, test, run }: Bed): Promise<void> {
  const [loss, accuracy] = model.evaluate(test.x, test.y, { batchSize: TEST }) as tf.Scalar[];
  run.accuracy = (await accuracy!.data())[0]!;
  tf.dispose([loss, accuracy]);
  run.after = (await kernelsOf(model)).map(spreadOf);
}

/** What `doctor` finds in a model that was not trained yet. */
export async function examined(model: tf.LayersModel, x: tf.Tensor): Promise<Found[]> {
  const batch = tf.slice(x, 0, LOOK);
  try {
    const { findings } = await doctor(model, batch);
    return findings.map(({ code, layer, message, evidence }) => {
      const [{ value, limit }] = evidence as [(typeof evidence)[number]];
      return { code, layer, message, isLarge: limit !== null && value > limit };
    });
  } finally {
    batch.dispose();
  }
}

/** The network that is looked at. */
export const caseFor = ({ patient, plant: planted, seed }: Pick<Params, 'patient' | 'plant' | 'seed'>): Case =>
  planted === FROM_WARD ? patientOf(patient, seed) : caseOf(planted, seed);

function check(params: Params): void {
  const fn = 'debugging';
  checkOptions(fn, params, ['patient', 'diagnosis', 'where', 'cure', 'plant', 'steps', 'seed']);
  const among = (name: keyof Params, options: readonly string[]) =>
    checkRange(
      options.includes(params[name] as string),
      `${fn}: ${name} must be among ${options.join(', ')}`,
      params[name],
    );
  among('patient', PATIENTS);
  among('diagnosis', DIAGNOSES);
  among('where', PLACES);
  among('cure', CURES);
  among('plant', [FROM_WARD, ...KIND_NAMES]);
  const { steps, seed } = params;
  const isCount = Number.isInteger(steps) && steps >= 1 && steps <= 2000;
  checkRange(isCount, `${fn}: steps must be an integer in [1, 2000]`, steps);
  checkRange(Number.isSafeInteger(seed), `${fn}: seed must be a safe integer`, seed);
}

/**
 * Looks at a network that may be ill with the slide's four tools and with `doctor`, and trains it beside its healthy twin, and once more
 * after a treatment.
 *
 * @param params - which network, what is done about it, and training
 * @param run - the digits, progress with the result so far, and a way to stop
 */
export async function debugging(params: Params, { data, onProgress, signal }: Run<Result>): Promise<Result> {
  check(params);
  const { where, cure, steps, seed } = params;
  const ill = caseFor(params);
  const { activation } = ill;
  const isRaw = ill.cause === 'inputs not standardized';
  const digits = await data.digits({ train: DIGITS, test: TEST });
  const sets: Examples[] = [];
  const set = (part: typeof digits.train, isStandardized: boolean): Examples => {
    const made = examplesOf(part, isStandardized);
    sets.push(made);
    return made;
  };
  const [clean, cleanTest] = [set(digits.train, true), set(digits.test, true)];
  const [given, givenTest] = isRaw ? [set(digits.train, false), set(digits.test, false)] : [clean, cleanTest];
  const models: tf.LayersModel[] = [];
  const beds: Bed[] = [];
  const build = (): tf.LayersModel => {
    const model = buildNet(activation, seed);
    models.push(model);
    return model;
  };
  const fast = fastKernels();
  try {
    const sick = build();
    await plant(sick, ill, seed);
    const findings = await examined(sick, given.x);
    beds.push(await admit(sick, activation, RATE, given, givenTest));
    beds.push(await admit(build(), activation, RATE, clean, cleanTest));
    if (cure !== 'none') {
      const model = build();
      await plant(model, ill, seed);
      const isMended = cure === 'standardize the inputs';
      const [train, test] = isMended ? [clean, cleanTest] : [given, givenTest];
      const look = tf.slice(train.x, 0, LOOK);
      // Other weights than those of the twin.
      await treat(model, cure, layersOf(where), ill, look, seed + 1).finally(() => look.dispose());
      beds.push(await admit(model, activation, cure === 'learning rate ÷ 10' ? RATE / 10 : RATE, train, test));
    }
    const [patient, twin, treated] = beds.map(({ run }) => run);
    const result: Result = { case: ill, patient: patient!, twin: twin!, ...(treated && { treated }), findings };
    const batches = DIGITS / BATCH;
    for (let at = 1; at <= steps; at++) {
      signal?.throwIfAborted();
      const order = permutation(DIGITS, randomKey(seed, `order/${Math.floor((at - 1) / batches)}`));
      const from = ((at - 1) % batches) * BATCH;
      const chosen = tf.tensor1d(Int32Array.from(order.subarray(from, from + BATCH)), 'int32');
      try {
        for (const bed of beds) await step(bed, at, steps, chosen);
      } finally {
        chosen.dispose();
      }
      await onProgress?.({ done: at / steps, label: `step ${at} of ${steps}`, result });
    }
    for (const bed of beds) await discharge(bed);
    return result;
  } finally {
    fast.restore();
    for (const { watch, optimizer } of beds) {
      watch.untap();
      optimizer.dispose();
    }
    for (const model of models) model.dispose();
    for (const { x, y } of sets) tf.dispose([x, y]);
  }
}
