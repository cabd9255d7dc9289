import * as tf from '@tensorflow/tfjs';
import { varianceScaling } from '@weightkit/initializers';
import { singularValues } from '@weightkit/numerics';
import { normalizeWeight, spectralNormalize, spectralVectors, standardizeWeight } from '@weightkit/weightnorm';

/** What one kernel is made into. */
export const FORMS = ['as drawn', 'weight norm, g = 1', 'spectral norm', 'weight standardization'] as const;
export type Form = (typeof FORMS)[number];

export interface Spectrum {
  form: Form;
  /** The singular values, the largest first. */
  values: number[];
  /** Shortest and longest weights of a unit. */
  lengths: [number, number];
  /** The largest |mean| of the weights of a unit. */
  mean: number;
}

const made = (form: Form, w: tf.Tensor2D): tf.Tensor => {
  if (form === 'weight norm, g = 1') return normalizeWeight(w, tf.ones([w.shape[1]]));
  if (form === 'spectral norm') return spectralNormalize(w, spectralVectors(w, { iterations: 200 }));
  if (form === 'weight standardization') return standardizeWeight(w, { scaled: true, gamma: Math.SQRT2 });
  return w;
};

/** The kernel of the second hidden layer, He's law times a scale, and what the three normalizations of weights make of it. */
export async function spectraOf(scale: number, { units, seed }: { units: number; seed: number }): Promise<Spectrum[]> {
  const law = varianceScaling({ scale: 2 * scale ** 2, distribution: 'normal' });
  const w = law([units, units], { seed, path: 'layer2/kernel' }) as tf.Tensor2D;
  const spectra: Spectrum[] = [];
  try {
    for (const form of FORMS) {
      const tensor = tf.tidy(() => tf.clone(made(form, w)));
      const entries = (await tensor.data()) as Float32Array;
      tensor.dispose();
      const columns = Array.from({ length: units }, (_, j) => entries.filter((_, i) => i % units === j));
      const lengths = columns.map((column) => Math.hypot(...column));
      const means = columns.map((column) => Math.abs(column.reduce((sum, value) => sum + value, 0) / units));
      spectra.push({
        form,
        values: Array.from(singularValues(entries, { rows: units, cols: units })),
        lengths: [Math.min(...lengths), Math.max(...lengths)],
        mean: Math.max(...means),
      });
    }
    return spectra;
  } finally {
    w.dispose();
  }
}
