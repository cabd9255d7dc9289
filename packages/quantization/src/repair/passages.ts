import type { Call } from './calls.ts';

/** Positively homogeneous: f(s x) = s f(x) for s > 0, unit by unit. */
export const HOMOGENEOUS = new Set(['linear', 'relu', 'leakyRelu', 'prelu']);
const PASSING = new Set([
  'Dropout',
  'SpatialDropout1D',
  'LeakyReLU',
  'PReLU',
  'Flatten',
  'ZeroPadding2D',
  'Cropping2D',
  'UpSampling2D',
  ...['1D', '2D', '3D'].flatMap((rank) => [`MaxPooling${rank}`, `AveragePooling${rank}`]),
  ...['1D', '2D'].flatMap((rank) => [`GlobalMaxPooling${rank}`, `GlobalAveragePooling${rank}`]),
]);

/** What a call does with a factor: `pass`, `cut` (at 6), or why it does not let it pass. */
export function passage({ layer, path }: Call): 'pass' | 'cut' | string {
  const name = layer.getClassName();
  const reason = `${path} (${name})`;
  if (layer.dataFormat === 'channelsFirst') return `${reason} has its units first`;
  if (name === 'Activation') return activationPassage(layer.getConfig().activation as string, reason);
  if (name === 'ReLU') {
    if (layer.maxValue == null) return 'pass';
    return layer.maxValue === 6 ? 'cut' : `${reason} cuts at ${layer.maxValue}`;
  }
  if (name === 'BatchNormalization') return `${reason} stands between: fold it first`;
  return PASSING.has(name) ? 'pass' : `${reason} does not let a factor pass`;
}

/** The same of an activation by its name. */
export function activationPassage(activation: string, reason: string): 'pass' | 'cut' | string {
  if (HOMOGENEOUS.has(activation)) return 'pass';
  return activation === 'relu6' ? 'cut' : `${reason} applies ${activation}, which no factor passes`;
}
