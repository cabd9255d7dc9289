import type { ModelLike, SkippedWeight } from '@weightkit/core';
import { type Call, callsOf, type Edge, type GraphLayer, sharedLayers } from '../repair/calls.ts';
import { type LinearLayer, linearLayer, type Stage } from '../repair/kernel-units.ts';
import { activationPassage, passage } from '../repair/passages.ts';

/** A layer that reads units, and the kernel of it that does. */
export interface Reader {
  call: Call;
  stage: Stage;
}

/** Units that one layer makes and others read, between which a factor of each unit can move. */
export interface SmoothingSite {
  from: Call;
  /** How many units there are. */
  count: number;
  /** The kernel whose outputs they are; nothing where a norm makes them. */
  kernel: Stage | undefined;
  /** The weights that have one number for each unit: a bias, or gamma and beta. */
  vectors: string[];
  /** In the order of their calls. */
  readers: Reader[];
}

type Source = Omit<SmoothingSite, 'readers'>;

const NORMS = new Set(['BatchNormalization', 'LayerNormalization']);

/** A norm with a gamma for each of its units, which come last; or why it is none. */
function normSource(from: Call): Source | string {
  const { layer, path } = from;
  const before = `${path} (${layer.getClassName()}) before it`;
  const axes = [layer.axis].flat() as number[];
  const rank = from.outputs[0]!.shape.length;
  if (axes.length !== 1 || (axes[0]! + rank) % rank !== rank - 1) return `${before} has other units than the last axis`;
  if (!layer.gamma) return `${before} has no gamma that could take a factor`;
  const vectors = ['gamma', ...(layer.beta ? ['beta'] : [])].map((name) => `${path}/${name}`);
  return { from, count: layer.gamma.shape[0] as number, kernel: undefined, vectors };
}

/** A dense layer or convolution whose activation lets factors pass; or why it is none. */
function linearSource(from: Call, first: LinearLayer): Source | string {
  const before = `${from.path} (${from.layer.getClassName()}) before it`;
  if (from.layer.dataFormat === 'channelsFirst') return `${before} has its units first`;
  if (activationPassage(first.activation, '') !== 'pass') return `${before} applies ${first.activation}`;
  const kernel = first.stages.at(-1)!;
  return { from, count: kernel.units.outputs, kernel, vectors: first.hasBias ? [first.bias] : [] };
}

/** Why a call lets no factor pass, if it does not. */
function stops(call: Call): string | undefined {
  const how = passage(call);
  if (how === 'pass') return undefined;
  return how === 'cut' ? `${call.path} (${call.layer.getClassName()}) cuts at 6` : how;
}

/** What makes the units that a layer reads; or why nothing does that could take a factor. */
function sourceOf(reader: Call, shared: ReadonlySet<GraphLayer>): Source | string {
  if (shared.has(reader.layer)) return 'it is called twice';
  if (reader.layer.dataFormat === 'channelsFirst') return 'it has its units first';
  for (let edge = reader.inputs[0]!; ; ) {
    const { from } = edge;
    if (!from) return 'the model is given what it reads';
    if (shared.has(from.layer)) return `${from.path} before it is called twice`;
    if (NORMS.has(from.layer.getClassName())) return normSource(from);
    const linear = linearLayer(from.path, from.layer);
    if (linear) return linearSource(from, linear);
    const reason = stops(from);
    if (reason !== undefined) return reason;
    edge = from.inputs[0]!;
  }
}

/** All layers that read what a source makes; or why one of them cannot. */
function readersOf({ from, count }: Source, shared: ReadonlySet<GraphLayer>): Reader[] | string {
  const readers: Reader[] = [];
  const open: Edge[] = [from.outputs[0]!];
  for (let edge = open.pop(); edge; edge = open.pop()) {
    if (edge.isOutput) return `what ${from.path} makes is given out`;
    for (const call of edge.readers) {
      const { layer, path } = call;
      const also = `${from.path} is read by ${path} (${layer.getClassName()}) too`;
      if (shared.has(layer)) return `${also}, which is called twice`;
      const linear = linearLayer(path, layer);
      if (!linear) {
        if (stops(call) !== undefined) return NORMS.has(layer.getClassName()) ? also : `${also}: no factor passes it`;
        open.push(call.outputs[0]!);
        continue;
      }
      const stage = linear.stages[0]!;
      if (layer.dataFormat === 'channelsFirst') return `${also}, which has its units first`;
      if (stage.units.inputs % count !== 0) return `${path} reads other units than ${from.path} makes`;
      readers.push({ call, stage });
    }
  }
  return readers;
}

/**
 * Where activations can be smoothed: dense layers and convolutions, and the norm or layer that makes what they read, through layers that
 * let a factor pass. One source may have several readers; all of them then share its factors.
 *
 * @param fn - the function that asks, for messages
 * @param model - a built LayersModel
 * @returns sites in the order of the graph, and each layer that has none with the reason
 */
export function smoothingSites(fn: string, model: ModelLike): { sites: SmoothingSite[]; skipped: SkippedWeight[] } {
  const calls = callsOf(fn, model);
  const shared = sharedLayers(calls);
  const order = new Map(calls.map((call, i) => [call, i]));
  const found = new Map<Call, SmoothingSite | string>();
  const skipped: SkippedWeight[] = [];
  const seen = new Set<GraphLayer>();
  for (const reader of calls) {
    if (!linearLayer(reader.path, reader.layer) || seen.has(reader.layer)) continue;
    seen.add(reader.layer);
    const source = sourceOf(reader, shared);
    const skip = (reason: string) => skipped.push({ path: reader.path, reason });
    if (typeof source === 'string') {
      skip(source);
      continue;
    }
    let site = found.get(source.from);
    if (site === undefined) {
      const readers = readersOf(source, shared);
      site =
        typeof readers === 'string'
          ? readers
          : { ...source, readers: readers.sort((a, b) => order.get(a.call)! - order.get(b.call)!) };
      found.set(source.from, site);
    }
    if (typeof site === 'string') skip(site);
  }
  return { sites: [...found.values()].filter((site) => typeof site !== 'string'), skipped };
}
