import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Lesson, Values } from './lesson.ts';
import { terminal } from './terminal.ts';

/** Every built lesson in a folder, by name. */
async function lessonsIn(folder: string): Promise<Record<string, Lesson<Values, unknown>>> {
  const lessons: Record<string, Lesson<Values, unknown>> = {};
  for (const name of readdirSync(folder).sort()) {
    const file = join(resolve(folder), name, 'lesson.js');
    if (existsSync(file)) lessons[name] = ((await import(pathToFileURL(file).href)) as { lesson: never }).lesson;
  }
  return lessons;
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
const [folder, ...argv] = process.argv.slice(2);
lessonsIn(folder!)
  .then((lessons) => terminal(lessons, argv, { stream: process.stdout, signal: stop.signal }))
  .then(
    () => process.exit(0),
    (error: Error) => {
      const stopped = error.name === 'AbortError';
      console.error(stopped ? '\nStopped. Nothing was written.' : `\n${error.message}`);
      process.exit(stopped ? 130 : 1);
    },
  );
