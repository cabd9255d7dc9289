import type * as tf from '@tensorflow/tfjs';
import { permutation, randomKey } from '@weightkit/numerics';
import { accuracyOf, saysOf } from './network.ts';
import type { Examples } from './problem.ts';

/** So often each input is shuffled. */
const TIMES = 8;

/** What becomes of a network when one input's numbers are dealt out to the examples anew. */
export interface Shuffled {
  /** Of each input, how far the explained output moves, in the mean. */
  moves: number[];
  /** Of each input, how much accuracy is lost. */
  lost: number[];
}

/** All examples as often as inputs are shuffled, with one input's numbers in another order each time. */
function shuffled({ count, x, labels }: Examples, input: number, seed: number): Examples {
  const inputs = x.length / count;
  const all: Examples = {
    count: count * TIMES,
    x: new Float32Array(x.length * TIMES),
    labels: new Uint8Array(count * TIMES),
  };
  for (let time = 0; time < TIMES; time++) {
    all.x.set(x, time * x.length);
    all.labels.set(labels, time * count);
    for (const [to, from] of permutation(count, randomKey(seed, `shuffle/${time}`)).entries())
      all.x[time * x.length + to * inputs + input] = x[from * inputs + input]!;
  }
  return all;
}

/**
 * The judge: it changes nothing but one input, and asks the network again. What does not move the output has no influence on it,
 * whatever its weights are.
 */
export async function shuffleInputs(
  model: tf.LayersModel,
  examples: Examples,
  { output, seed }: { output: number; seed: number },
): Promise<Shuffled> {
  const before = await saysOf(model, examples);
  const outputs = before.length / examples.count;
  const result: Shuffled = { moves: [], lost: [] };
  for (let input = 0; input < examples.x.length / examples.count; input++) {
    const others = shuffled(examples, input, seed);
    const after = await saysOf(model, others);
    let moved = 0;
    for (let i = 0; i < others.count; i++)
      moved += Math.abs(after[i * outputs + output]! - before[(i % examples.count) * outputs + output]!);
    result.moves.push(moved / others.count);
    result.lost.push(accuracyOf(before, examples) - accuracyOf(after, others));
  }
  return result;
}
