import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, type Parameter, parametersOf, runLesson, type Values } from '@weightkit/lesson';
import { expect } from 'vitest';

type Some = Readonly<Record<string, readonly Values[string][]>>;

/** What a control can be turned to at most: every choice, both ends of a range. */
function endsOf(parameter: Parameter): readonly Values[string][] {
  if (parameter.kind === 'choice') return parameter.options;
  if (parameter.kind === 'flag') return [false, true];
  if (parameter.kind === 'text') return [parameter.initial];
  return [parameter.min, parameter.max];
}

/** Every combination of the ends of a lesson's parameters; `instead` has other values of those whose ends would take too long. */
export function cornersOf(lesson: Pick<Lesson, 'name' | 'parameters'>, instead: Some): Values[] {
  return parametersOf(lesson).reduce<Values[]>(
    (all, [name, parameter]) =>
      all.flatMap((values) => (instead[name] ?? endsOf(parameter)).map((value) => ({ ...values, [name]: value }))),
    [{}],
  );
}

/** Runs a lesson and looks at all that a reader would see: no tensor left, and nothing that is no number shown as one. */
export async function expectSound<Params, Result>(lesson: Lesson<Params, Result>, values: Params): Promise<Result> {
  const label = JSON.stringify(values);
  const { result, leaked } = await runLesson(lesson, values, { data: nodeData() });
  expect(leaked, label).toBe(0);
  expect(lesson.summary(result, values).join(' '), label).not.toMatch(/NaN|undefined|Infinity/);
  for (const moment of lesson.moments ? [0, undefined] : [undefined])
    for (const figure of Object.values(lesson.figures(result, values, moment))) {
      expect(`${figure.title} ${figure.description}`, label).not.toMatch(/NaN|undefined|Infinity/);
      expect(figure.svg(), label).not.toMatch(/NaN|undefined|Infinity/);
    }
  const answer = lesson.answer(result, values);
  expect(typeof answer === 'string' || Number.isFinite(answer), `${label}: ${answer}`).toBe(true);
  expect(lesson.check(result, values).text, label).not.toMatch(/NaN|undefined|Infinity/);
  return result;
}

/** Stops a run when this share of it is done, and looks that no tensor is left. */
export async function expectStopped<Params, Result>(
  { experiment }: Pick<Lesson<Params, Result>, 'experiment'>,
  values: Params,
  share: number,
): Promise<void> {
  const { numTensors } = tf.memory();
  const onProgress = ({ done }: { done: number }) => {
    if (done > share) throw new Error('stop');
  };
  await expect(experiment(values, { data: nodeData(), onProgress })).rejects.toThrow('stop');
  expect(tf.memory().numTensors).toBe(numTensors);
}
