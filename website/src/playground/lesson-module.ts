import { pageData } from '@weightkit/datasets';
import type { Lesson, Progress, Values } from '@weightkit/lesson';
import { entryOf } from '../lesson/registry.ts';

/** What a lesson's program imports from `lessons/<name>`. */
export interface LessonModule {
  data: ReturnType<typeof pageData>;
  /** Says how far a run is, ten times in all. */
  onProgress: (progress: Progress<unknown>) => void;
  /** Shows the lesson's figures and sentences of a result. */
  show: (result: unknown, values: Values) => void;
}

async function fetchFile(base: string, file: string): Promise<Uint8Array> {
  const response = await fetch(`${base}generated/${file}`);
  if (!response.ok) throw new Error(`The digits could not be loaded (${file}: ${response.status}).`);
  return new Uint8Array(await response.arrayBuffer());
}

/** The lesson's part of its program. */
export async function lessonModule(name: string, base: string, print: (value: unknown) => void): Promise<LessonModule> {
  const { lesson } = (await entryOf(name).lesson()) as unknown as { lesson: Lesson<Values, unknown> };
  let tenths = 0;
  return {
    data: pageData((file) => fetchFile(base, file)),
    onProgress: ({ done, label = '' }) => {
      if (Math.floor(10 * done) <= tenths) return;
      tenths = Math.floor(10 * done);
      print(`${10 * tenths} % ${label}`);
    },
    show: (result, values) => {
      for (const figure of Object.values(lesson.figures(result, values))) print(figure);
      for (const sentence of lesson.summary(result, values)) print(sentence);
    },
  };
}
