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

/**
 * The name of a tensor of a recurrent module with its place in the stack as a module of its own: `lstm.weight_ih_l1` is `lstm.l1.weight_ih`.
 * Other names are as they were.
 */
export function unstacked(name: string): string {
  const dot = name.lastIndexOf('.');
  const parts = RECURRENT.exec(name.slice(dot + 1));
  if (!parts) return name;
  const [, kind, gate, layer = '0', reverse = ''] = parts;
  const module = [name.slice(0, Math.max(0, dot)), layer === '0' ? '' : `l${layer}`];
  return [...module.filter((part) => part !== ''), `${kind}_${gate}${reverse}`].join('.');
}

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
  const path = module.replaceAll('.', '/');
  const reverse = /^(.*)(_reverse)$/.exec(last);
  return reverse && RECURRENT.test(last) ? [`${path}\0${reverse[2]}`, reverse[1]!] : [path, last];
}

/**
 * The modules of a state dict.
 *
 * @param tensors - of the source
 * @param names - what each of them is called, {@link unstacked}
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

/** The path that a recurrent layer's module has, with the direction that it runs in. */
export function modulePath(path: string): string {
  const inner = path.replace(/\/cell$/, '');
  const direction = /^(.*)\/(forward|backward)$/.exec(inner);
  if (!direction) return inner;
  return direction[2] === 'backward' ? `${direction[1]}\0_reverse` : direction[1]!;
}
