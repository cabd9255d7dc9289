import type { SourceTensor } from './source-tensors.ts';

/** Tensors of one module of PyTorch, by their names in it. */
export interface TorchModule {
  /** Where it stands in the model, by `/`. */
  readonly path: string;
  readonly slots: ReadonlyMap<string, SourceTensor>;
}

/** Of recurrent modules: layer and direction are part of the name. */
const RECURRENT = /^(weight|bias)_(ih|hh)(?:_l(\d+))?(_reverse)?$/;
/** One layer here may be two modules there. */
const SEPARABLE = /(?:^|\.)((?:depthwise|pointwise)\.(?:weight|bias))$/;

/** A step counter of BatchNorm, which nothing here has. */
export const COUNTER = 'num_batches_tracked';

const SLOTS = ['weight', 'bias', 'running_mean', 'running_var', COUNTER];

/** Whether names are those of PyTorch. */
export const looksLikeTorch = (names: readonly string[]): boolean =>
  names.some((name) => {
    const slot = name.split('.').at(-1)!;
    return SLOTS.includes(slot) || RECURRENT.test(slot);
  });

/** Where a tensor belongs: module and name in it. */
function placeOf(name: string): [path: string, slot: string] {
  const dot = name.lastIndexOf('.');
  const [module, last] = [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)];
  const parts = RECURRENT.exec(last);
  const path = module.replaceAll('.', '/');
  if (!parts) return [path, last];
  const [, kind, gate, layer = '0', reverse = ''] = parts;
  // The k-th layer of a stack is a layer of its own here.
  const stacked = layer === '0' ? path : `${path}${path ? '/' : ''}l${layer}`;
  return [reverse ? `${stacked}\0${reverse}` : stacked, `${kind}_${gate}`];
}

/**
 * The modules of a state dict.
 *
 * @param tensors - of the source
 * @param names - what each of them is called
 * @param separable - paths of layers that are two modules there
 */
export function torchModules(
  tensors: readonly SourceTensor[],
  names: readonly string[],
  separable: ReadonlySet<string>,
): TorchModule[] {
  const modules = new Map<string, Map<string, SourceTensor>>();
  for (const [i, tensor] of tensors.entries()) {
    const name = names[i]!;
    const two = SEPARABLE.exec(name);
    const around = two ? name.slice(0, two.index).replaceAll('.', '/') : '';
    const [path, slot] = two && separable.has(around) ? [around, two[1]!] : placeOf(name);
    modules.set(path, (modules.get(path) ?? new Map()).set(slot, tensor));
  }
  return [...modules].map(([path, slots]) => ({ path, slots }));
}

/** The module path of a layer in the direction that it runs. */
export function modulePath(path: string): string {
  const inner = path.replace(/\/cell$/, '');
  const direction = /^(.*)\/(forward|backward)$/.exec(inner);
  if (!direction) return inner;
  return direction[2] === 'backward' ? `${direction[1]}\0_reverse` : direction[1]!;
}
