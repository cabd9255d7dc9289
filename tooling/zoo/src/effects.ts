import * as tf from '@tensorflow/tfjs';
import { fillUniform, randomKey } from '@weightkit/numerics';
import { type Effect, type Probes, quantizeModel } from '@weightkit/quantization';

/** What a data type does to what a model says. */
export interface Score {
  /** Bytes of all weights. */
  bytes: number;
  /** The least share of equal top classes among the outputs that are classes; null without one. */
  agree: number | null;
  /** The largest relative change among the other outputs; null without one. */
  relative: number | null;
}

/** A row of the table. */
export interface EffectRow {
  model: string;
  /** How many examples were tried. */
  probes: number;
  /** Whether more than half of them are in one class, before: then shares say little. */
  tooUniform: boolean;
  /** Bytes of all weights as they were. */
  bytes: number;
  /** Without a data type. */
  plain: Score;
  /** With uint8 for all. */
  uint8: Score;
}

/** How a model is tried. */
export interface Trial {
  /** How many examples are made. */
  probes: number;
  /** The shape of an example in whole numbers of 0 to 255, where the model takes images of any size. */
  image?: readonly number[];
  /** Names of the outputs that count: before a sort, after which neighbors change places. All when left out. */
  outputs?: readonly string[];
}

function scoreOf(bytes: number, { outputs }: Effect, names: readonly string[], only?: readonly string[]): Score {
  const counted = outputs.filter((_, i) => only?.includes(names[i]!) ?? true);
  const shares = counted.flatMap(({ classes }) => classes?.share ?? []);
  const changes = counted.flatMap(({ classes, relative }) => (classes ? [] : [relative]));
  return {
    bytes,
    agree: shares.length === 0 ? null : Math.min(...shares),
    relative: changes.length === 0 ? null : Math.max(...changes),
  };
}

/** Quantizes a model as it is done without a data type, and to uint8, and says what becomes of its outputs. */
export async function effectsOn(
  name: string,
  model: tf.LayersModel | tf.GraphModel,
  { probes: count, image, outputs }: Trial,
): Promise<EffectRow> {
  const size = count * tf.util.sizeFromShape([...(image ?? [])]);
  const probes: Probes =
    image === undefined
      ? count
      : {
          values: Int32Array.from(
            fillUniform(new Float32Array(size), randomKey(1, name), { min: 0, max: 256 }),
            Math.floor,
          ),
          shape: [count, ...image],
        };
  const names = model.outputs.map((output) => output.name);
  const plain = (await quantizeModel(model, { probes })).report;
  const coarse = (await quantizeModel(model, { dtype: 'uint8', probes })).report;
  const effect = plain.effect!;
  return {
    model: name,
    probes: effect.probes,
    tooUniform: effect.outputs.some(({ classes }, i) => (outputs?.includes(names[i]!) ?? true) && classes?.tooUniform),
    bytes: plain.bytesBefore,
    plain: scoreOf(plain.bytesAfter, effect, names, outputs),
    uint8: scoreOf(coarse.bytesAfter, coarse.effect!, names, outputs),
  };
}

/** What of a score breaks the promise of the plain default; nothing where it is kept. */
export function broken({ model, tooUniform, plain: { agree, relative } }: EffectRow): string[] {
  const faults: string[] = [];
  if (agree !== null && !tooUniform && agree < 0.99) faults.push(`${model}: ${agree} of the top classes stay`);
  if (relative !== null && !(relative <= 0.01)) faults.push(`${model}: outputs change by ${relative}`);
  return faults;
}
