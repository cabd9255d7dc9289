import * as tf from '@tensorflow/tfjs-core';
import { nodeOf, nodesIn } from '../repair/graph-nodes.ts';
import { type Observed, observe } from './effect.ts';
import type { ProbeSet } from './probes.ts';
import { inputsOf, isGraph, outputsOf, type Runnable, type RunnableGraph } from './runnable.ts';

/** What is left to run of a model, the numbers that it is made of as its probes. */
interface Rest {
  model: Runnable;
  /** What each batch has, by the order of the inputs of `model`. */
  batches: tf.Tensor[][];
  /** Indices of the outputs that it makes; the others are done. */
  outputs: readonly number[];
}

/** A model on some probes, of which what weights do not reach is run once. */
export interface Tail {
  /** What the model said at first. */
  before: Observed;
  /** Where a weight is used first; later ones come after. */
  placeOf(path: string): number;
  /** What the model says now that only this weight and those after it may have changed. */
  observe(): Promise<Observed>;
  /** Runs, with the weights as they were, what comes before a weight; there is no way back to one before that. */
  reach(path: string): Promise<void>;
  dispose(): void;
}

/** Parts into which a graph is cut at most: what is run in vain is half of one. */
const PARTS = 16;

/** Loops, lists and tables, which live in one run. */
const ONE_RUN = /^(Enter|Exit|Merge|Switch|NextIteration|LoopCond|Tensor(List|Array)|EmptyTensorList|HashTable|Lookup)/;

/** Nodes that outputs are made of, each after what it is made of. */
function placesOf(inputs: ReadonlyMap<string, readonly string[]>, outputs: readonly string[]): Map<string, number> {
  const places = new Map<string, number>();
  const seen = new Set<string>();
  const open = [...outputs];
  for (let name = open.at(-1); name !== undefined; name = open.at(-1)) {
    if (seen.has(name)) {
      open.pop();
      if (!places.has(name)) places.set(name, places.size);
    } else {
      seen.add(name);
      for (const input of inputs.get(name) ?? []) if (!seen.has(nodeOf(input))) open.push(nodeOf(input));
    }
  }
  return places;
}

const same = (a: Observed, b: Observed): boolean =>
  a.outputs.every(({ values }, o) => values.every((value, i) => Object.is(value, b.outputs[o]!.values[i])));

/** Sets up a {@link Tail} on the first `most` probes; of a model that is no graph all is run each time. */
export async function tailOf(model: Runnable, probes: ProbeSet, most: number): Promise<Tail> {
  const before = await observe(model, probes, { most });
  const indices = Array.from({ length: Math.ceil(most / probes.batchSize) }, (_, index) => index);
  let rest: Rest = {
    model,
    batches: indices.map((index) => probes.batch(index)),
    outputs: [...before.outputs.keys()],
  };
  const graph = isGraph(model) ? model : null;
  const nodes = nodesIn(graph?.artifacts?.modelTopology);
  const inputs = new Map(nodes.map(({ name, input = [] }) => [name, input]));
  const names = graph ? graph.outputs.map(({ name }) => nodeOf(name)) : [];
  const places = placesOf(inputs, names);
  const first = new Map<string, number>();
  for (const [name, place] of places)
    for (const input of inputs.get(name) ?? [])
      first.set(nodeOf(input), Math.min(place, first.get(nodeOf(input)) ?? place));
  const placeOf = (path: string): number => first.get(nodeOf(path)) ?? 0;
  const free = Math.max(0, ...nodes.flatMap(({ op, name }) => (ONE_RUN.test(op) ? [1 + (places.get(name) ?? 0)] : [])));

  const observeRest = async (one: Rest): Promise<Observed> => {
    const set = { ...probes, batch: (index: number) => one.batches[index]!.map((tensor) => tf.clone(tensor)) };
    const { outputs } = await observe(one.model, set, { most });
    return { layers: [], outputs: before.outputs.map((o, i) => outputs[one.outputs.indexOf(i)] ?? o) };
  };

  /** What nodes from a place on take from those before; null where that cannot be handed to them. */
  function takenAt(from: number): string[] | null {
    const taken = new Set<string>();
    for (const [name, place] of places)
      for (const input of place < from ? [] : (inputs.get(name) ?? [])) {
        if (graph!.weights[nodeOf(input)] || places.get(nodeOf(input))! >= from) continue;
        if (/^\^|:[1-9]/.test(input)) return null;
        taken.add(nodeOf(input));
      }
    return [...taken];
  }

  async function cutAt(from: number, taken: readonly string[]): Promise<Rest> {
    const outputs = names.flatMap((name, i) => (places.get(name)! >= from ? [i] : []));
    const wanted = outputs.map((i) => names[i]!);
    const { execute, executeAsync } = graph!;
    const model: RunnableGraph = {
      modelSignature: undefined,
      weights: {},
      inputs: taken.map((name) => ({ name })),
      outputs: [],
      execute: (fed, some = wanted) => execute.call(graph, fed, some),
      executeAsync: (fed, some = wanted) => executeAsync.call(graph, fed, some),
    };
    const cut: Rest = { model, batches: [], outputs };
    try {
      const had = inputsOf(rest.model).map(({ name }) => name);
      const fresh = taken.filter((name) => !had.includes(name));
      for (const batch of rest.batches) {
        const made = fresh.length > 0 ? await outputsOf(rest.model, batch, fresh) : [];
        cut.batches.push(taken.map((name) => made[fresh.indexOf(name)] ?? tf.clone(batch[had.indexOf(name)]!)));
      }
      return cut;
    } catch (error) {
      tf.dispose(cut.batches);
      throw error;
    }
  }

  let asked = 0;
  return {
    before,
    placeOf,
    observe: () => observeRest(rest),
    async reach(path) {
      const from = placeOf(path);
      if (from < Math.max(free, asked + places.size / PARTS)) return;
      asked = from;
      const taken = takenAt(from);
      if (!taken) return;
      let cut: Rest | undefined;
      try {
        cut = await cutAt(from, taken);
        if (same(before, await observeRest(cut))) [rest, cut] = [cut, rest];
      } catch {
        // tfjs does not take every node's numbers from outside: all is run from where it was.
      } finally {
        tf.dispose(cut?.batches);
      }
    },
    dispose: () => tf.dispose(rest.batches),
  };
}
