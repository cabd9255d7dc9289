import type * as tf from '@tensorflow/tfjs-core';
import { type Parametrization, parametrize, type Weight } from '@weightkit/core';
import type { Adapter, Site } from './adapter.ts';

/** An adapter and where it goes. */
export interface Part extends Site {
  adapter: Adapter;
}

/** An adapter in place. */
export interface PlacedPart extends Part {
  /** Of the weight. */
  handle: Parametrization;
  /** Of the bias, where the adapter changes that too. */
  bias: Parametrization | undefined;
}

type Start = Readonly<Record<string, tf.Tensor>>;

function install(part: Part, all: readonly Weight[], start: Start | undefined): PlacedPart {
  const { weight, adapter } = part;
  const { kind, forward } = adapter;
  const variables = start
    ? Object.fromEntries(Object.entries(start).map(([name, value]) => [name, () => value]))
    : adapter.variables;
  const handle = parametrize(weight, { forward, variables, kind, beside: true, fn: kind });
  const { bias: change } = adapter;
  const own = all.find(({ layer, property }) => layer === weight.layer && property === 'bias');
  if (!change || !own) return { ...part, handle, bias: undefined };
  try {
    return {
      ...part,
      handle,
      bias: parametrize(own, { forward: (b) => change(b, handle.variables), kind, beside: true, fn: kind }),
    };
  } catch (error) {
    handle.restore();
    throw error;
  }
}

/** The handles, those first that read what others hold. */
export const handlesOf = (parts: readonly PlacedPart[]): Parametrization[] =>
  [...parts].reverse().flatMap(({ handle, bias }) => (bias ? [bias, handle] : [handle]));

/** Takes adapters away. */
export function restoreAll(parts: readonly PlacedPart[]): void {
  for (const handle of handlesOf(parts)) handle.restore();
}

/** All or none. */
export function installAll(parts: readonly Part[], all: readonly Weight[], starts?: readonly Start[]): PlacedPart[] {
  const placed: PlacedPart[] = [];
  try {
    for (const [i, part] of parts.entries()) placed.push(install(part, all, starts?.[i]));
    return placed;
  } catch (error) {
    restoreAll(placed);
    throw error;
  }
}
