import type { Weight } from '@weightkit/core';
import { permuteAxes } from './permute-axes.ts';
import type { SourceTensor } from './source-tensors.ts';
import { type TorchLayout, torchLayout } from './torch-layout.ts';
import type { TorchModule } from './torch-modules.ts';

/** How much the names of a layer and of its partner are alike. */
export interface Likeness {
  /** From 0 to 1, which are names that differ in case and punctuation alone. */
  names: number;
  /** The same of the next best pair that either of them could have made by its shapes; null where there is none. */
  next: number | null;
}

/** What a source has for a weight. */
export interface Offer {
  readonly from: readonly SourceTensor[];
  /** Its shape in the axes of the weight; null where it cannot be told. */
  readonly shape: readonly number[] | null;
  /** Where names were compared. */
  readonly likeness?: Likeness;
  /** The values in the axes of the weight. */
  read(): Promise<Float32Array>;
}

/** Why there is none. */
export interface NoOffer {
  readonly reason: string;
}

/** Whether two shapes are the same. */
export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);

/** What a tensor of TensorFlow.js's layout is for a weight. */
export function plainOffer(tensor: SourceTensor): Offer | NoOffer {
  if (tensor.refused !== null) return { reason: `of ${tensor.name}, ${tensor.refused}` };
  return { from: [tensor], shape: tensor.shape, read: () => tensor.read() };
}

/** The shape in the layer's axes of what has another size than the layer. */
function shapeHere({ view, shape, order }: TorchLayout, there: readonly number[]): number[] | null {
  return sameShape(view, shape) && there.length === order.length ? order.map((axis) => there[axis]!) : null;
}

/** What a module of PyTorch has for a weight. */
export function torchOffer(weight: Weight, module: TorchModule): Offer | NoOffer {
  const layout = torchLayout(weight);
  if ('reason' in layout) return layout;
  const from = layout.slots.map((slot) => module.slots.get(slot));
  const missing = layout.slots.filter((_, i) => from[i] === undefined);
  if (missing.length > 0) return { reason: `its module has no ${missing.join(' and no ')}` };
  const tensors = from as SourceTensor[];
  const refused = tensors.find((tensor) => tensor.refused !== null);
  if (refused) return { reason: `of ${refused.name}, ${refused.refused}` };
  const [{ shape: there }] = tensors as [SourceTensor];
  if (!tensors.every(({ shape }) => sameShape(shape, there)))
    return { reason: 'the tensors that are added differ in shape' };
  const fits = sameShape(there, layout.shape);
  const view = fits ? layout.view : there;
  return {
    from: tensors,
    shape: fits ? weight.shape : shapeHere(layout, there),
    async read() {
      const [first, ...others] = await Promise.all(tensors.map((tensor) => tensor.read()));
      const sum = Float32Array.from(first!);
      for (const other of others) for (let i = 0; i < sum.length; i++) sum[i]! += other[i]!;
      return permuteAxes(sum, view, layout.order);
    },
  };
}
