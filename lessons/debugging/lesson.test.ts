import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { nodeData } from '@weightkit/datasets/node';
import type { Lesson } from '@weightkit/lesson';
import { beforeAll, describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { CAUSES, CURES, caseOf, FROM_WARD, KIND_NAMES, KINDS, layersOf, PATIENTS, PLACES, patientOf } from './cases.ts';
import { chartOf, pointsOf, written } from './chart.ts';
import { examined, type Params, type Result } from './experiment.ts';
import { isDiagnosed, isMended, judge } from './judge.ts';
import { lesson } from './lesson.ts';
import { BASE, type Row } from './measure.ts';
import { namedBy } from './named.ts';
import { buildNet, examplesOf, plant, treat } from './network.ts';
import { isEnough } from './parts.ts';

const data = nodeData();
const SMALL: Params = { ...BASE, where: 'not yet', cure: 'none', plant: FROM_WARD, steps: 1, seed: 50 };
const run = (params: Partial<Params>): Promise<Result> => lesson.experiment({ ...SMALL, ...params }, { data });

/** One run that all tests of what is said look at. */
let treated: Result;
const ASKED: Params = { ...SMALL, plant: 'biases of −4', where: 'layer 2', cure: 'biases of 0 there', steps: 2 };
beforeAll(async () => {
  const { layers } = caseOf('biases of −4', 50);
  ASKED.where = `layer ${layers[0]}` as Params['where'];
  treated = await run(ASKED);
});

describe('the ward', () => {
  it('has each kind once, in another order with another seed, and each fault where its kind says', () => {
    const wards = [3, 4].map((seed) => PATIENTS.map((patient) => patientOf(patient, seed).kind));
    for (const ward of wards) expect([...ward].sort()).toEqual([...KIND_NAMES].sort());
    expect(wards[0]).not.toEqual(wards[1]);
    const places = new Set<string>();
    for (let seed = 0; seed < 30; seed++) places.add(caseOf('one layer of zeros', seed).layers.join());
    expect([...places].sort()).toEqual(['2', '3', '4']);
    expect(layersOf('all five layers')).toEqual([1, 2, 3, 4, 5]);
    expect([layersOf('layer 4'), layersOf('no layer'), layersOf('not yet')]).toEqual([[4], [], []]);
  });

  it('doctor names what was planted and where, and raises no alarm for who is well', async () => {
    const { train } = await data.digits({ train: 200, test: 1 });
    const sets = { clean: examplesOf(train, true), raw: examplesOf(train, false) };
    const before = tf.memory().numTensors;
    for (const seed of [50])
      for (const kind of KIND_NAMES) {
        const ill = caseOf(kind, seed);
        const model = buildNet(ill.activation, seed);
        await plant(model, ill, seed);
        const { x } = kind === 'pixels from 0 to 255' ? sets.raw : sets.clean;
        expect(namedBy(await examined(model, x)), `${kind}, seed ${seed}`).toEqual({
          cause: ill.cause,
          layers: ill.layers,
        });
        model.dispose();
      }
    expect(tf.memory().numTensors).toBe(before);
    for (const { x, y } of Object.values(sets)) tf.dispose([x, y]);
  }, 60_000);

  it('a treatment changes the weights at its place, and no others', async () => {
    const ill = caseOf('biases of ±4', 50);
    const model = buildNet(ill.activation, 50);
    const valuesOf = () => weightsOf(model).map((weight) => tf.tidy(() => [...weight.read().dataSync()]));
    const paths = weightsOf(model).map(({ path }) => path);
    const well = valuesOf();
    await plant(model, ill, 50);
    const sick = valuesOf();
    const other = (a: number[][], b: number[][]) => paths.filter((_, i) => a[i]!.join() !== b[i]!.join());
    const [place] = ill.layers;
    expect(other(well, sick)).toEqual([`layer${place}/bias`]);
    const x = tf.zeros([1, 784]);
    await treat(model, 'biases of 0 there', [5], ill, x, 1);
    expect(valuesOf()).toEqual(sick);
    await treat(model, 'biases of 0 there', [place!], ill, x, 1);
    expect(valuesOf()).toEqual(well);
    await treat(model, 'new weights there', [3], ill, x, 1);
    expect(other(well, valuesOf())).toEqual(['layer3/kernel']);
    x.dispose();
    model.dispose();
  });

  it('words of doctor that mean none of the ward’s faults are something else', () => {
    const found = { code: 'rank-collapse', layer: 'layer3', message: '', isLarge: false };
    expect(namedBy([found])).toEqual({ cause: 'something else', layers: [3] });
    expect(namedBy([])).toEqual({ cause: 'healthy', layers: [] });
  });
});

describe('debugging an initialization', () => {
  it('answers what the page asks: behind and before a layer of zeros no kernel gets a gradient', async () => {
    const params: Params = { ...SMALL, plant: 'one layer of zeros' };
    const result = await run(params);
    expect(lesson.answer(result, params)).toBe('none');
    expect(result.patient.signals.map(({ std }) => std > 0)).toEqual(
      Array.from({ length: 7 }, (_, i) => i < result.case.layers[0]!),
    );
    expect(result.twin.moments[0]!.gradients.every((gradient) => gradient > 0)).toBe(true);
  });

  it('gives the treated network its twin’s weights where biases alone were ill, and the same curve', () => {
    const { twin, patient, treated: after } = treated;
    expect(after).toEqual(twin);
    expect(patient.losses).not.toEqual(twin.losses);
    expect(patient.before).toEqual(twin.before);
  });

  it('says nothing of what was planted before the reader has said what it is and where', () => {
    const { cause } = treated.case;
    const told = (params: Params) =>
      JSON.stringify([
        lesson.summary(treated, params),
        lesson.check(treated, params),
        Object.values(lesson.figures(treated, params)).map(({ title, description, table }) => [
          title,
          description,
          table,
        ]),
      ]);
    const hidden: Params = { ...ASKED, plant: FROM_WARD };
    for (const half of [{}, { where: 'not yet' as const, diagnosis: 'healthy' as const }])
      expect(told({ ...hidden, ...half })).not.toMatch(new RegExp(`${cause}|dead-units|Planted`));
    expect(told({ ...hidden, diagnosis: 'healthy' })).toContain(`Planted was: ${cause}`);
    expect(told({ ...hidden, diagnosis: 'healthy' })).toContain('dead-units');
  });

  it('judges the cause, the place and the treatment', () => {
    const right: Params = { ...ASKED, diagnosis: treated.case.cause };
    const verdict = (params: Partial<Params>, result = treated) => lesson.check(result, { ...right, ...params });
    expect(verdict({ diagnosis: 'not yet' })).toMatchObject({ met: false, text: expect.stringMatching(/first/) });
    expect(verdict({ diagnosis: 'healthy' })).toMatchObject({ met: false, text: 'It is something else.' });
    expect(verdict({ where: 'layer 5' })).toMatchObject({ met: false, text: expect.stringMatching(/place is not/) });
    const { treated: _, ...untreated } = treated;
    expect(verdict({ cure: 'none' }, untreated)).toMatchObject({ met: false, text: expect.stringMatching(/choose/) });
    const after = (accuracy: number): Result => ({
      ...treated,
      twin: { ...treated.twin, accuracy: 0.8 },
      treated: { ...treated.treated!, accuracy },
    });
    expect(verdict({}, after(0.71)).met).toBe(true);
    expect(verdict({}, after(0.69)).met).toBe(false);
    expect(judge(after(0.69), right)).toEqual({ cause: true, place: true, mended: false });
    // Who is well needs no treatment, and is no challenge.
    const well: Result = { ...untreated, case: caseOf('healthy, ReLU', 50) };
    expect(isMended(well)).toBe(true);
    expect(isMended({ ...well, treated: treated.twin })).toBe(false);
    expect(verdict({ diagnosis: 'healthy', where: 'no layer' }, well)).toMatchObject({
      met: false,
      text: expect.stringMatching(/well/),
    });
  });

  it('keeps the first diagnosis and the first treatment of a patient, and counts points', () => {
    const chart = (params: Params, result = treated) => chartOf(lesson.figures(result, params).verdict!.table);
    const { treated: _, ...untreated } = treated;
    const open: Params = { ...ASKED, cure: 'none' };
    expect(isDiagnosed(open)).toBe(false);
    expect(written(undefined, open, chart(open, untreated))).toBeUndefined();
    const wrong: Params = { ...open, diagnosis: 'units are copies' };
    const first = written(undefined, wrong, chart(wrong, untreated))!;
    expect(first).toMatchObject({ cause: false, place: false, treatment: undefined, mended: false });
    expect(first.doctor).toBe(`biases far below 0, ${ASKED.where}`);
    expect(pointsOf(first)).toBe(0);
    const right: Params = { ...ASKED, diagnosis: 'biases far below 0' };
    const second = written(first, right, chart(right))!;
    expect(second).toMatchObject({ you: first.you, cause: false, mended: true });
    expect(pointsOf(second)).toBe(1);
    expect(written(second, { ...right, cure: 'LSUV, all layers' }, chart(right))).toBeUndefined();
    expect(pointsOf(written(undefined, right, chart(right))!)).toBe(3);
    const healthy: Params = { ...open, diagnosis: 'healthy', where: 'no layer' };
    const well = chart(healthy, { ...untreated, case: caseOf('healthy, ReLU', 50), findings: [] });
    expect(pointsOf(written(undefined, healthy, well)!)).toBe(3);
    expect(well.doctor).toBe('healthy');
  });

  it('runs again for what changes a network, and not for what the reader says', () => {
    const derive = (to: Partial<Params>, from: Params = SMALL) => lesson.derive!(treated, from, { ...from, ...to });
    expect(derive({ diagnosis: 'healthy', where: 'layer 3' })).toBe(treated);
    for (const to of [{ seed: 51 }, { patient: '2' }, { cure: CURES[1] }, { steps: 3 }])
      expect(derive(to)).toBeUndefined();
    const cured: Params = { ...SMALL, cure: 'new weights there', where: 'layer 3' };
    expect(derive({ where: 'layer 4' }, cured)).toBeUndefined();
    expect(derive({ where: 'layer 4' }, { ...cured, cure: 'LSUV, all layers' })).toBe(treated);
    expect(derive({ plant: patientOf('1', 50).kind })).toBe(treated);
  });

  it('a tool is enough where the most similar network of another seed has the same', () => {
    const row = (kind: Row['kind'], seed: number, layers: number[], at: number): Row => ({
      what: 'its own treatment',
      kind,
      seed,
      layers,
      told: { cause: 'healthy', layers: [] },
      codes: [],
      accuracy: { patient: 0, twin: 0, treated: null },
      mended: false,
      tools: [[at], [0]],
    });
    const one = row('one layer of zeros', 0, [2], 1);
    const near = row('one layer of zeros', 1, [2], 1.1);
    const far = row('biases of −4', 1, [2], 3);
    expect(isEnough([one, near, far], one, 0)).toBe(true);
    expect(isEnough([one, row('one layer of zeros', 1, [3], 1.1), far], one, 0)).toBe(false);
    // One of the same seed does not count.
    expect(isEnough([one, { ...near, seed: 0 }, far], one, 0)).toBe(false);
    // Where a tool shows the same of all, the first one is taken.
    expect(isEnough([one, far, near], one, 1)).toBe(false);
  });

  it('shows nothing that is no number at corners of its controls', async () => {
    const few = {
      patient: ['1'],
      diagnosis: ['healthy'],
      where: ['layer 3'],
      cure: ['LSUV, all layers'],
      plant: ['one layer of zeros', 'N(0, 1) in all layers'],
      steps: [10],
      seed: [0],
    };
    for (const values of cornersOf(lesson as unknown as Lesson, few))
      await expectSound(lesson as unknown as Lesson, values);
  }, 60_000);

  it.each([
    [{ patient: '13' }, /^debugging: patient must be among 1, 2, .*, got "13"$/],
    [{ diagnosis: 'flu' as never }, /diagnosis must be among not yet, healthy, /],
    [{ where: 'layer 9' as never }, /where must be among not yet, no layer, layer 1, /],
    [{ cure: 'rest' as never }, /cure must be among none, /],
    [{ plant: 'ivy' as never }, /plant must be among a patient of the ward, /],
    [{ steps: 0 }, /^debugging: steps must be an integer in \[1, 2000\], got 0$/],
    [{ seed: 0.5 }, /^debugging: seed must be a safe integer, got 0.5$/],
  ])('refuses %j', async (wrong, message) => {
    await expect(run(wrong)).rejects.toThrow(message);
  });

  it('has words for every cause, place and cure that its kinds name', () => {
    for (const kind of KIND_NAMES) {
      expect(CAUSES).toContain(KINDS[kind].cause);
      expect(CURES).toContain(KINDS[kind].cure);
    }
    expect(PLACES).toHaveLength(8);
  });
});
