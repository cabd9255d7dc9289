import * as tf from '@tensorflow/tfjs';
import { fillNormal, fillUniform, randomKey } from '@weightkit/numerics';
import {
  type Effect,
  type ProbeInput,
  type Probes,
  type QuantizeModelOptions,
  quantizeModel,
  type ShapedNumbers,
} from '@weightkit/quantization';

/** The share of top classes that must stay; numbers may change by the rest of it. */
const AGREE = 0.99;

/** What a data type does to what a model says. */
export interface Score {
  /** Bytes of all weights. */
  bytes: number;
  /**
   * The least share of equal top classes among the outputs that are classes, those of which more than half of the rows are in one class
   * apart where there are others; null without one.
   */
  agree: number | null;
  /** The largest relative change among the other outputs; null without one. */
  relative: number | null;
}

/** A row of the table. */
export interface EffectRow {
  model: string;
  /** How many examples were tried. */
  probes: number;
  /** Whether more than half of them are in one class, before, of each output that is classes: then shares say little. */
  tooUniform: boolean;
  /** Bytes of all weights as they were. */
  bytes: number;
  /** Without a data type. */
  plain: Score;
  /** With uint8 for all. */
  uint8: Score;
  /** With `dtype: 'auto', agree: 0.99` and the same probes; null where it was left out. */
  auto: Score | null;
}

/** How a model is tried. */
export interface Trial {
  /** How many examples are made. */
  probes: number;
  /** The shape of an example in whole numbers of 0 to 255, where the model takes images of any size. */
  image?: readonly number[];
  /** Names of the outputs that count: before a sort, after which neighbors change places. All when left out. */
  outputs?: readonly string[];
  /** The examples themselves, by how many there are to be. Made when left out. */
  given?: (count: number) => readonly ProbeInput[];
  /** Of what more examples are made, from which those are taken of which no class has more than half, in their order. */
  from?: 'photographs' | 'noise';
  /** Whether `'auto'` is left out: each weight of a model whose examples take seconds would take minutes. */
  slow?: boolean;
}

/** The outputs that count, and the classes among them of which the probes tell something, all where there is none. */
function countedOf({ outputs }: Effect, names: readonly string[], only?: readonly string[]) {
  const counted = outputs.filter((_, i) => only?.includes(names[i]!) ?? true);
  const classes = counted.flatMap((output) => output.classes ?? []);
  const telling = classes.filter(({ tooUniform }) => !tooUniform);
  return {
    counted,
    classes: telling.length > 0 ? telling : classes,
    tooUniform: classes.length > 0 && telling.length === 0,
  };
}

function scoreOf(bytes: number, effect: Effect, names: readonly string[], only?: readonly string[]): Score {
  const { counted, classes } = countedOf(effect, names, only);
  const shares = classes.map(({ share }) => share);
  const changes = counted.flatMap(({ classes, relative }) => (classes ? [] : [relative]));
  return {
    bytes,
    agree: shares.length === 0 ? null : Math.min(...shares),
    relative: changes.length === 0 ? null : Math.max(...changes),
  };
}

type Runnable = tf.LayersModel | tf.GraphModel;

/** Pictures of 32 by 32 pixels, each three bytes. */
export interface Photographs {
  pixels: Uint8Array;
  count: number;
}

/** Whole numbers of 0 to 255. */
const imagesOf = (name: string, count: number, image: readonly number[]): ShapedNumbers => ({
  values: Int32Array.from(
    fillUniform(new Float32Array(count * tf.util.sizeFromShape([...image])), randomKey(1, name), { min: 0, max: 256 }),
    Math.floor,
  ),
  shape: [count, ...image],
});

/** How many bell-shaped examples are looked through for each that is taken. */
const CANDIDATES = 4;

/** Examples in their order, without those of a class that has half of all already. */
async function balanced(model: Runnable, x: tf.Tensor, count: number): Promise<ShapedNumbers> {
  const tops = tf.tidy(() => tf.argMax(model.predict(x) as tf.Tensor, -1));
  const counts = new Map<number, number>();
  const taken: number[] = [];
  for (const [i, top] of (await tops.data()).entries()) {
    const known = counts.get(top) ?? 0;
    if (known >= Math.floor(count / 2) || taken.length === count) continue;
    counts.set(top, known + 1);
    taken.push(i);
  }
  tops.dispose();
  if (taken.length < count) throw new Error(`of ${x.shape[0]} examples only ${taken.length} are not of one class`);
  const rows = tf.tidy(() => tf.gather(x, tf.tensor1d(taken, 'int32')));
  const values = (await rows.data()) as Float32Array;
  rows.dispose();
  return { values, shape: rows.shape };
}

/** Photographs of 32 pixels as a model takes them: in its size, from 0 to 1, in gray where it has one channel. */
function photographsFor(model: Runnable, { pixels, count }: Photographs): tf.Tensor {
  const [height, width, channels] = model.inputs[0]!.shape!.slice(1) as [number, number, number];
  return tf.tidy(() => {
    const small = tf.tensor4d(Float32Array.from(pixels), [count, 32, 32, 3]);
    const large = tf.image.resizeBilinear(tf.div(small, 255) as tf.Tensor4D, [height, width]);
    return channels === 1 ? tf.mean(large, -1, true) : large;
  });
}

function bellShaped(name: string, model: Runnable, count: number): tf.Tensor {
  const shape = [count, ...(model.inputs[0]!.shape!.slice(1) as number[])];
  return tf.tensor(fillNormal(new Float32Array(tf.util.sizeFromShape(shape)), randomKey(1, name)), shape);
}

/** The examples that a trial asks for; how many where they are to be made. */
async function probesOf(
  name: string,
  model: Runnable,
  { probes: count, image, given, from }: Trial,
  photographs: Photographs | undefined,
): Promise<Probes> {
  if (image) return imagesOf(name, count, image);
  if (given) return given(count);
  if (from === undefined) return count;
  if (from === 'photographs' && !photographs) throw new Error(`${name} is tried on photographs, which are missing`);
  const x = from === 'photographs' ? photographsFor(model, photographs!) : bellShaped(name, model, CANDIDATES * count);
  try {
    return await balanced(model, x, count);
  } finally {
    x.dispose();
  }
}

/** Quantizes a model as it is done without a data type, to uint8, and by effect, and says what becomes of its outputs. */
export async function effectsOn(
  name: string,
  model: Runnable,
  trial: Trial,
  photographs?: Photographs,
): Promise<EffectRow> {
  const { outputs, slow = false } = trial;
  const probes = await probesOf(name, model, trial, photographs);
  const names = model.outputs.map((output) => output.name);
  const reportOf = async (options: QuantizeModelOptions) => (await quantizeModel(model, { ...options, probes })).report;
  const plain = await reportOf({});
  const coarse = await reportOf({ dtype: 'uint8' });
  const chosen = slow ? null : await reportOf({ dtype: 'auto', agree: AGREE });
  const scoreIn = ({ bytesAfter, effect }: typeof plain): Score => scoreOf(bytesAfter, effect!, names, outputs);
  return {
    model: name,
    probes: plain.effect!.probes,
    tooUniform: countedOf(plain.effect!, names, outputs).tooUniform,
    bytes: plain.bytesBefore,
    plain: scoreIn(plain),
    uint8: scoreIn(coarse),
    auto: chosen && scoreIn(chosen),
  };
}

/** What of a score breaks the promise of the plain default; nothing where it is kept. */
export function broken({ model, tooUniform, plain, auto }: EffectRow): string[] {
  const faults: string[] = [];
  for (const [kind, score] of Object.entries({ '': plain, ' with auto': auto })) {
    if (score === null) continue;
    const { agree, relative } = score;
    if (agree !== null && !tooUniform && agree < AGREE)
      faults.push(`${model}: ${agree} of the top classes stay${kind}`);
    if (relative !== null && !(relative <= 1 - AGREE)) faults.push(`${model}: outputs change by ${relative}${kind}`);
  }
  return faults;
}
