import { join } from 'node:path';
import { MNIST_ATTRIBUTION } from '@weightkit/datasets';
import { nodeData } from '@weightkit/datasets/node';
import { report } from '@weightkit/viz';
import { type Command, helpOf, parseCommand } from './command.ts';
import { figureText } from './figure-text.ts';
import type { Figures, Lesson, Values } from './lesson.ts';
import { prepareFolder, writeWhole } from './output.ts';
import { ProgressLine } from './progress-line.ts';
import { runLesson } from './run-lesson.ts';
import { startBackend } from './start-backend.ts';

type AnyLesson = Lesson<Values, unknown>;

export interface Terminal {
  stream: NodeJS.WritableStream;
  signal?: AbortSignal;
}

async function writeFigures(folder: string, lesson: AnyLesson, figures: Figures, intro: string[]): Promise<string[]> {
  const drawings = Object.entries(figures).map(([name, figure]) => [`${name}.svg`, figure.svg()] as const);
  const all = report(Object.values(figures), { title: lesson.title, intro });
  const files = [...drawings, ['report.html', all] as const];
  for (const [name, text] of files) await writeWhole(folder, name, text);
  return files.map(([name]) => join(folder, name));
}

async function run(
  lesson: AnyLesson,
  { values, backend: wanted, out, pictures }: Command<Values>,
  { stream, signal }: Terminal,
) {
  const line = new ProgressLine(stream);
  const folder = out ?? join('out', 'lessons', lesson.name);
  await prepareFolder(lesson.name, folder);
  const backend = await startBackend(lesson.name, wanted);
  const described = Object.entries(values).map(([name, value]) => `${name} ${value}`);
  line.say(`${lesson.title}, backend ${backend}: ${described.join(', ')}`);
  const { result, seconds } = await runLesson(lesson, values, {
    data: nodeData({ pictures }),
    signal,
    onProgress: ({ done, label }) => line.bar(lesson.name, done, label ?? ''),
  });
  const sentences = lesson.summary(result, values);
  const figures = lesson.figures(result, values);
  const from = pictures === undefined ? `${MNIST_ATTRIBUTION}.` : 'The pictures are your own files.';
  const intro = [...sentences, `Parameters: ${described.join(', ')}. Backend: ${backend}.`, from];
  const files = await writeFigures(folder, lesson, figures, intro);
  line.say(['', ...sentences, ''].join('\n'));
  const main = figures[lesson.main.figure];
  if (main) line.say(`${figureText(main, stream)}\n`);
  line.say(`${files.join(', ')}   in ${seconds.toFixed(1)} s`);
}

/**
 * Runs a lesson for a command line: progress, then its sentences and its main figure as text; figures and a report go to a folder.
 *
 * @param lessons - all lessons by name
 * @param argv - name of the lesson and its parameters; without a name the lessons are listed
 */
export async function terminal(
  lessons: Readonly<Record<string, AnyLesson>>,
  argv: readonly string[],
  context: Terminal,
): Promise<void> {
  const [name, ...flags] = argv;
  const say = (text: string) => context.stream.write(`${text}\n`);
  if (name === undefined || name.startsWith('-')) {
    const width = Math.max(...Object.keys(lessons).map((known) => known.length));
    const lines = Object.values(lessons).map(({ name, title }) => `  ${name.padEnd(width)}   ${title}`);
    say(['npm run lesson -- <name> [--help] [--parameter value ...]', '', ...lines].join('\n'));
    return;
  }
  const lesson = Object.hasOwn(lessons, name) ? lessons[name] : undefined;
  if (!lesson) throw new RangeError(`lesson: name must be one of ${Object.keys(lessons).join(', ')}, got "${name}"`);
  const command = parseCommand<Values>(lesson, flags);
  if (command) await run(lesson, command, context);
  else say(helpOf(lesson));
}
