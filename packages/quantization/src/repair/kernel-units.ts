import type { GraphLayer } from './calls.ts';

/** How the entries of a kernel belong to the units that it reads and makes: row-major, the last axes first. */
export interface KernelUnits {
  /** `full`: [..., in, out]; `transposed`: [..., out, in]; `depthwise`: [..., in, multiplier], which makes in · multiplier. */
  kind: 'full' | 'transposed' | 'depthwise';
  inputs: number;
  outputs: number;
}

/** The unit that an entry reads. */
export function inputOf({ kind, inputs, outputs }: KernelUnits, entry: number): number {
  if (kind === 'full') return Math.floor(entry / outputs) % inputs;
  return kind === 'transposed' ? entry % inputs : Math.floor((entry % outputs) / (outputs / inputs));
}

/** The unit that an entry makes. */
export const outputOf = ({ kind, inputs, outputs }: KernelUnits, entry: number): number =>
  kind === 'transposed' ? Math.floor(entry / inputs) % outputs : entry % outputs;

/** One kernel of a layer. */
export interface Stage {
  /** Where its values are. */
  path: string;
  units: KernelUnits;
}

/** A layer that is a linear map and a bias, as the repairs see it. */
export interface LinearLayer {
  /** One kernel, or of a separable convolution two, in the order in which they are applied. */
  stages: Stage[];
  /** The path of the bias, whether or not the layer has one. */
  bias: string;
  hasBias: boolean;
  /** The activation's class, `linear` without one. */
  activation: string;
}

const FULL = ['Dense', 'Conv1D', 'Conv2D', 'Conv3D'];
const TRANSPOSED = ['Conv2DTranspose', 'Conv3DTranspose'];

/**
 * What of a layer the repairs can use.
 *
 * @param path - of the layer
 * @param layer - any layer
 * @returns nothing where the layer is no dense layer or convolution
 */
export function linearLayer(path: string, layer: GraphLayer): LinearLayer | undefined {
  const name = layer.getClassName();
  const stage = (property: string, kind: KernelUnits['kind']): Stage => {
    const shape = layer[property].shape as number[];
    const [a, b] = shape.slice(-2) as [number, number];
    const units: Record<KernelUnits['kind'], KernelUnits> = {
      full: { kind, inputs: a, outputs: b },
      transposed: { kind, inputs: b, outputs: a },
      depthwise: { kind, inputs: a, outputs: a * b },
    };
    return { path: `${path}/${property}`, units: units[kind] };
  };
  const stages = (): Stage[] | undefined => {
    if (FULL.includes(name)) return [stage('kernel', 'full')];
    if (TRANSPOSED.includes(name)) return [stage('kernel', 'transposed')];
    if (name === 'DepthwiseConv2D') return [stage('depthwiseKernel', 'depthwise')];
    if (name === 'SeparableConv2D') return [stage('depthwiseKernel', 'depthwise'), stage('pointwiseKernel', 'full')];
    return undefined;
  };
  const found = stages();
  if (!found) return undefined;
  const activation = (layer.getConfig().activation as string | undefined) ?? 'linear';
  return { stages: found, bias: `${path}/bias`, hasBias: Boolean(layer.bias), activation };
}

/** Values with each entry multiplied by the factor of its unit. */
export const scaledBy = (values: Float32Array, factorOf: (entry: number) => number): Float32Array =>
  values.map((value, entry) => value * factorOf(entry));
