import type { MaskedWeight } from './masked-weight.ts';

/** The result of counting what must be zero. */
export interface PruningCertificate {
  /** The entries under a 0 of a mask. */
  pruned: number;
  /** Those that are anything but +0 in the weight that the layer computes with now; 0 is the proof. */
  nonzero: number;
  /** The first of them (`dense1/kernel[17]`), or null. */
  first: string | null;
}

/** Downloads the weights and counts what is not +0 where the mask says 0. */
export async function certify(entries: readonly MaskedWeight[]): Promise<PruningCertificate> {
  const certificate: PruningCertificate = { pruned: 0, nonzero: 0, first: null };
  for (const { weight, parametrization, bits } of entries) {
    if (parametrization.raw.isDisposed)
      throw new Error(`verify: weights must not be disposed, got ${weight.path}, which is`);
    const value = weight.read();
    const values = await value.data().finally(() => value.dispose());
    for (let i = 0; i < bits.length; i++) {
      if (bits[i] === 1) continue;
      certificate.pruned++;
      if (Object.is(values[i], 0)) continue;
      certificate.nonzero++;
      certificate.first ??= `${weight.path}[${i}]`;
    }
  }
  return certificate;
}
