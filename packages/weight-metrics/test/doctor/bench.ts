import { type Diagnosis, doctor } from '../../src/doctor/doctor.ts';
import type { FaultCode } from '../../src/doctor/finding.ts';
import type { Architecture, Shape } from './models.ts';
import { dig, holds, PLANTS, plant } from './plants.ts';

export const CODES = Object.keys(PLANTS) as FaultCode[];

/** The diagnosis of a planted fault: null where it was named with its layer, and its step where it has one; else what was found instead. */
export async function missed(
  code: FaultCode,
  architecture: Architecture,
  shape: Shape,
  seed: number,
): Promise<string[] | null> {
  const planted = await plant(code, architecture, shape, seed);
  try {
    const { findings }: Diagnosis = await doctor(planted.model, planted.data, planted.history);
    const isNamed = findings.some(
      (one) =>
        one.code === code && one.layer === planted.layer && (planted.step === null || holds(one.steps, planted.step)),
    );
    return isNamed ? null : [`${planted.layer} it was`, ...findings.map((one) => `${one.code} in ${one.layer}`)];
  } finally {
    dig(planted);
  }
}
