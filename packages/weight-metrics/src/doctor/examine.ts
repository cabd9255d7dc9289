import * as tf from '@tensorflow/tfjs-core';
import {
  allDone,
  type Captured,
  type CapturedCall,
  capture,
  fans,
  isKernel,
  type LayerLike,
  type ModelLike,
  parametrizationsOf,
  type Weight,
  weightsOf,
} from '@weightkit/core';
import type { Snapshot } from '../comparison/snapshot.ts';
import { firstExamples } from '../training/activation-gauge.ts';
import { readTogether } from '../training/read-together.ts';
import { saturatedShare } from '../training/saturation.ts';
import { normsOf, scaledSquares } from '../training/step-samples.ts';
import type { WatchHistory } from '../training/watch-history.ts';
import { isReal, numbersOf, readValues, type Values } from '../values/read-values.ts';
import type { Exam, LayerExam, TimeCourse, WeightExam } from './exam.ts';
import { gateShare } from './gate-share.ts';
import { gradientNorms, type Probe, probeOf } from './gradient-norms.ts';
import { type Place, placesOf } from './places.ts';
import { unitEntries } from './unit-entries.ts';
import { unitValues } from './unit-values.ts';

/** So many examples go through for gradients. */
const EXAMPLES = 32;
/** So many steps of a sequence are looked at, the first and the last among them. */
const STEPS = 9;

/** Evenly spaced, the first and the last among them. */
function spaced(count: number): number[] {
  if (count <= STEPS) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: STEPS }, (_, i) => Math.round((i * (count - 1)) / (STEPS - 1)));
}

/** What is looked at of a place in the forward pass. */
interface Seen {
  place: Place;
  input: tf.Tensor | null;
  output: tf.Tensor | null;
  /** Calls of each cell that are looked at. */
  cells: { cell: LayerLike; steps: number[]; calls: CapturedCall[] }[];
}

function seenAt(place: Place, calls: ReadonlyMap<LayerLike, CapturedCall[]>): Seen {
  const own = calls.get(place.layer)?.[0];
  const shown = calls.get(place.shown)?.[0];
  const isTokens = place.layer.getClassName() === 'Embedding';
  return {
    place,
    input: (!isTokens && own?.inputs[0]) || null,
    output: shown?.outputs[0] ?? null,
    cells: place.cells.map(({ cell }) => {
      const all = calls.get(cell) ?? [];
      const steps = spaced(all.length);
      return { cell, steps, calls: steps.map((step) => all[step]!) };
    }),
  };
}

/** With the units in the last axis. */
function unitsLast(tensor: tf.Tensor, layer: LayerLike): tf.Tensor {
  const { dataFormat } = layer as LayerLike & { dataFormat?: string };
  if (dataFormat !== 'channelsFirst' || tensor.rank < 3) return tf.clone(tensor);
  return tf.transpose(tensor, [0, ...Array.from({ length: tensor.rank - 2 }, (_, i) => i + 2), 1]);
}

interface Read {
  values: Float32Array;
  units: number;
}

/** A tensor's first examples, and its number of units. */
const taken = (tensor: tf.Tensor, layer: LayerLike): { tensor: tf.Tensor; units: number } =>
  tf.tidy(() => {
    const last = unitsLast(tensor, layer);
    return { tensor: firstExamples(last), units: last.shape.at(-1) ?? 1 };
  });

/** Numbers of each place: input, output, gates, and signals of the cells over time. */
interface Measured {
  input: Read | null;
  output: Read | null;
  gates: number | null;
  signals: number[][];
}

/** Reads what the forward pass has shown in one download. */
async function readSeen(seen: readonly Seen[]): Promise<Measured[]> {
  const tensors: tf.Tensor[] = [];
  const later: ((values: readonly Float32Array[]) => Measured)[] = [];
  const add = (tensor: tf.Tensor): number => tensors.push(tensor) - 1;
  try {
    for (const { place, input, output, cells } of seen) {
      const [i, o] = [input, output].map((tensor) => {
        if (!tensor || !isReal(tensor.dtype) || tensor.rank < 2 || tensor.size === 0) return null;
        const { tensor: some, units } = taken(tensor, place.layer);
        return { at: add(some), units };
      });
      const gates = cells.flatMap(({ cell, calls }) => {
        const share = calls.length > 0 ? gateShare(cell, calls) : null;
        return share ? [add(share)] : [];
      });
      const signals = cells.map(({ calls }) => calls.map(({ outputs }) => add(scaledSquares([outputs[0]!]))));
      later.push((values) => {
        const read = (one: { at: number; units: number } | null | undefined): Read | null =>
          one ? { values: values[one.at]!, units: one.units } : null;
        const shares = gates.map((at) => values[at]![0]!);
        return {
          input: read(i),
          output: read(o),
          gates: shares.length === 0 ? null : shares.reduce((a, b) => a + b, 0) / shares.length,
          signals: signals.map((list) => list.map((at) => normsOf(values[at]!)[0]!)),
        };
      });
    }
    const values = await readTogether(tensors);
    return later.map((one) => one(values));
  } finally {
    tf.dispose(tensors);
  }
}

/** Norms by probe, or why there are none. */
async function readGradients(
  model: ModelLike,
  batch: tf.Tensor | tf.Tensor[],
  probes: readonly Probe[],
  of?: Pick<Probe, 'layer' | 'call'>,
): Promise<{ norms: (number | null)[]; error: string | null }> {
  let measures: (tf.Tensor | null)[];
  try {
    measures = gradientNorms(model, batch, probes, of);
  } catch (error) {
    return { norms: probes.map(() => null), error: error instanceof Error ? error.message : String(error) };
  }
  const there = measures.filter((one) => one !== null);
  try {
    const values = there.length === 0 ? [] : await readTogether(there);
    let next = 0;
    return { norms: measures.map((one) => (one ? normsOf(values[next++]!)[0]! : null)), error: null };
  } finally {
    tf.dispose(there);
  }
}

/** For each cell the norms of the gradient of what it returns last, at what it returned at each step that is looked at. */
async function gradientsThroughTime(
  model: ModelLike,
  batch: tf.Tensor[],
  seen: readonly Seen[],
): Promise<Map<LayerLike, number[]>> {
  const found = new Map<LayerLike, number[]>();
  for (const { cell, steps, calls } of seen.flatMap(({ cells }) => cells)) {
    const probes = steps.flatMap((step, i) => {
      const one = probeOf(calls[i]!, step);
      return one ? [{ ...one, shape: [batch[0]!.shape[0]!, ...one.shape.slice(1)] }] : [];
    });
    if (probes.length < 2 || probes.length < steps.length) continue;
    const { norms } = await readGradients(model, batch, probes, { layer: cell, call: steps.at(-1)! });
    if (norms.every((one) => one !== null && Number.isFinite(one))) found.set(cell, norms as number[]);
  }
  return found;
}

const some = (batch: tf.Tensor | tf.Tensor[], examples: number): tf.Tensor[] =>
  [batch].flat().map((tensor) => tf.slice(tensor, 0, Math.min(examples, tensor.shape[0]!)));

function byLayer({ calls }: Captured): Map<LayerLike, CapturedCall[]> {
  const found = new Map<LayerLike, CapturedCall[]>();
  for (const call of calls) found.set(call.layer, [...(found.get(call.layer) ?? []), call]);
  return found;
}

/** What the layers do on data, in the order of the data. */
async function layersOn(
  model: ModelLike,
  places: readonly Place[],
  batch: tf.Tensor | tf.Tensor[],
): Promise<{ layers: LayerExam[]; error: string | null }> {
  const wanted = [
    ...new Set(places.flatMap(({ layer, shown, cells }) => [layer, shown, ...cells.map(({ cell }) => cell)])),
  ];
  const few = some(batch, EXAMPLES);
  let captured: Captured | null = null;
  try {
    captured = capture(model, wanted, batch);
    const calls = byLayer(captured);
    const order = new Map(captured.calls.map(({ layer }, i) => [layer, i] as const).reverse());
    const ordered = [...places].sort((a, b) => (order.get(a.layer) ?? Infinity) - (order.get(b.layer) ?? Infinity));
    const seen = ordered.map((place) => seenAt(place, calls));
    const examples = few[0]!.shape[0]!;
    const probes: Probe[] = [];
    const probe = (call: CapturedCall | undefined, index: number): number | null => {
      const one = call ? probeOf(call, index) : null;
      if (!one) return null;
      return probes.push({ ...one, shape: [examples, ...one.shape.slice(1)] }) - 1;
    };
    const at = seen.map(({ place }) => probe(calls.get(place.shown)?.[0], 0));
    const measured = await readSeen(seen);
    const { norms, error } = await readGradients(model, few, probes);
    const norm = (index: number | null): number | null => (index === null ? null : norms[index]!);
    const back = error === null ? await gradientsThroughTime(model, few, seen) : null;
    const layers = seen.map(({ place, cells }, i): LayerExam => {
      const { input, output, gates, signals } = measured[i]!;
      const gradient = norm(at[i]!);
      return {
        ...shared(place),
        input: input && unitValues(input.values, input.units),
        output: output && unitValues(output.values, output.units),
        saturated: gates ?? (output && place.bounds ? saturatedShare(output.values, place.bounds) : null),
        gradient: gradient !== null && Number.isFinite(gradient) ? gradient : null,
        courses: cells.flatMap(({ cell, steps }, c): TimeCourse[] =>
          steps.length < 2 ? [] : [{ steps, signal: signals[c]!, gradient: back?.get(cell) ?? null }],
        ),
      };
    });
    return { layers, error };
  } finally {
    captured?.dispose();
    tf.dispose(few);
  }
}

const shared = ({ path, layer, activation, bounds, isFirst, isOutput, isNormalized }: Place) => ({
  path,
  className: layer.getClassName(),
  isOutput,
  isFirst,
  isNormalized,
  activation,
  bounds,
});

const unseen = (place: Place): LayerExam => ({
  ...shared(place),
  input: null,
  output: null,
  saturated: null,
  gradient: null,
  courses: [],
});

/** Whether a weight is a statistic that moves in training although nothing trains it: that is no fault. */
function isStatistic({ property, layer }: Weight, weights: readonly Weight[]): boolean {
  if (property !== 'movingMean' && property !== 'movingVariance') return false;
  const learned = weights.filter((one) => one.layer === layer && (one.property === 'gamma' || one.property === 'beta'));
  return layer!.trainable && (learned.length === 0 || learned.some(({ trainable }) => trainable));
}

function otherFans({ shape, property }: Weight, fanOut: number): [string, number][] {
  const [next, last] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const size = shape.reduce((a, b) => a * b, 1);
  return property === 'depthwiseKernel'
    ? []
    : [
        ['its outputs', fanOut],
        ['its inputs without the window', next],
        ['its outputs without the window', last],
        ['all its entries', size],
      ];
}

const isStartBias = ({ property }: Weight, values: Values): boolean =>
  !['bias', 'beta', 'movingMean'].includes(property ?? '') || values.every((value) => value === 0 || value === 1);

/** What to examine beside the model. */
export interface Given {
  batch: tf.Tensor | tf.Tensor[] | null;
  before: Snapshot | null;
  history: WatchHistory | null;
}

/** Collects in one pass what the checks look at. Nothing is changed. */
export async function examine(model: ModelLike, { batch, before, history }: Given): Promise<Exam> {
  const weights = weightsOf(model, undefined, 'doctor');
  const real = weights.filter(({ dtype, owner }) => dtype === 'float32' && owner !== null);
  const places = placesOf(model, real);
  const parametrizations = parametrizationsOf(model, 'doctor');
  const values = await allDone(real.map(readValues));
  const path = new Map(places.map((place) => [place.layer, place.path]));
  const { layers, error } = batch ? await layersOn(model, places, batch) : { layers: places.map(unseen), error: null };
  const { optimizer } = model as ModelLike & { optimizer?: { iterations?: number } };
  const biased = real.some(({ property }) => ['bias', 'beta', 'movingMean'].includes(property ?? ''));
  return {
    layers,
    weights: real.map((weight, i): WeightExam => {
      const { fanIn, fanOut } = fans(weight, undefined, 'doctor');
      const then = before?.get(weight.path);
      return {
        path: weight.path,
        layer: path.get(weight.owner!)!,
        property: weight.property,
        isKernel: isKernel(weight),
        shape: weight.shape,
        values: values[i]!,
        trainable: weight.trainable,
        isStatistic: isStatistic(weight, real),
        fanIn,
        fanOut,
        otherFans: otherFans(weight, fanOut),
        units: unitEntries(weight),
        kinds: parametrizations.filter(({ raw }) => raw === weight.variable).map(({ kind }) => kind),
        before: then ? numbersOf(then) : null,
      };
    }),
    isFresh: biased ? real.every((weight, i) => isStartBias(weight, values[i]!)) : optimizer?.iterations === 0,
    hasData: batch !== null,
    hasBefore: before !== null,
    noGradients: batch ? error : 'no data were given',
    history,
  };
}
