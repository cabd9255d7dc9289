import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, measureRun } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { CURES, caseOf, KIND_NAMES, KINDS, type Kind, sameLayers } from './cases.ts';
import { lesson } from './lesson.ts';
import { LSUV, measurement, type Row, runOf, TOOLS } from './measure.ts';
import { isEnough } from './parts.ts';

const data = nodeData();
const SEEDS = [50, 51, 52, 53];
const own = (kind: Kind, seed: number) => ({ label: 'its own treatment' as const, params: runOf(kind, seed) });

describe('debugging an initialization, on seeds that the table does not have', () => {
  const rows: Row[] = [];
  const isIll = ({ kind }: Row) => KINDS[kind].cause !== 'healthy';

  it('doctor names what was planted, in the whole run as well', async () => {
    for (const seed of SEEDS)
      for (const kind of KIND_NAMES) rows.push(await measureRun(measurement, own(kind, seed), data));
    const right = rows.filter(
      ({ kind, layers, told }) => told.cause === KINDS[kind].cause && sameLayers(told.layers, layers),
    );
    expect(right.length / rows.length).toBeGreaterThanOrEqual(0.95);
    expect(rows.filter((row) => !isIll(row) && row.told.cause !== 'healthy')).toEqual([]);
  }, 600_000);

  it('no tool alone is enough for every patient', () => {
    const ill = rows.filter(isIll);
    for (const tool of TOOLS.keys()) {
      const enough = ill.filter((row) => isEnough(rows, row, tool)).length;
      expect(enough).toBeGreaterThan(0);
      expect(enough).toBeLessThan(ill.length);
    }
  });

  it('the treatment that fits mends who is ill', () => {
    const ill = rows.filter(isIll);
    expect(ill.filter(({ mended }) => mended).length / ill.length).toBeGreaterThan(0.85);
  });

  it('LSUV does not mend biases', async () => {
    for (const seed of SEEDS)
      for (const kind of ['biases of −4', 'biases of ±4'] as const) {
        const { mended } = await measureRun(
          measurement,
          { label: 'LSUV' as const, params: runOf(kind, seed, LSUV) },
          data,
        );
        expect(mended, `${kind}, seed ${seed}`).toBe(false);
      }
  }, 300_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const few = {
      patient: ['1'],
      diagnosis: ['not yet', 'units are copies'],
      where: ['layer 1', 'all five layers'],
      cure: [...CURES],
      plant: [...KIND_NAMES],
      steps: [10],
      seed: [999],
    };
    for (const values of cornersOf(lesson as unknown as Lesson, few))
      await expectSound(lesson as unknown as Lesson, values);
    expect(caseOf('fan of the wrong side', 999).layers).toEqual([1]);
  }, 1_200_000);
});
