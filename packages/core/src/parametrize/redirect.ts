import { RAW_READ } from '../model/raw-variable.ts';
import { isContainer, type LayerInternals } from '../model/types.ts';
import type { WeightView } from './view.ts';
import { wrapCall } from './wrap-call.ts';

/** How many calls of watched layers are under way; they are synchronous. */
let underWay = 0;

const watched = new WeakMap<LayerInternals, { count: number; release: () => void }>();

/** Lets `underWay` count a layer's calls until released. */
function watchCalls(layer: LayerInternals): () => void {
  const entry = watched.get(layer) ?? {
    count: 0,
    release: wrapCall(layer, (call, inputs, kwargs) => {
      underWay++;
      try {
        return call(inputs, kwargs);
      } finally {
        underWay--;
      }
    }),
  };
  entry.count++;
  watched.set(layer, entry);
  return () => {
    entry.count--;
    if (entry.count > 0) return;
    watched.delete(layer);
    entry.release();
  };
}

/**
 * While layers run, whoever reads the raw LayerVariable gets the view's value: another layer may have it in a list, in a private
 * field, in a closure or by `getWeights()` of its layer (tied weights), where nobody can put the view in its place. Outside of
 * calls the train step, `getWeights` and `save` read the raw variable, as they must.
 *
 * @param layers - whose calls count
 * @returns a function that undoes it
 */
export function redirectReads(view: WeightView, layers: readonly LayerInternals[]): () => void {
  const { raw } = view;
  const own = Object.getOwnPropertyDescriptor(raw, 'read');
  const original = raw.read;
  const read = Object.assign(() => (underWay > 0 ? view.read() : original.call(raw)), { [RAW_READ]: original });
  Object.defineProperty(raw, 'read', { value: read, configurable: true, writable: true, enumerable: false });
  const releases = layers.filter((layer) => !isContainer(layer)).map(watchCalls);
  return () => {
    for (const release of releases) release();
    if (raw.read !== read) return;
    if (own) Object.defineProperty(raw, 'read', own);
    else delete (raw as { read?: unknown }).read;
  };
}
