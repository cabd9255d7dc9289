// Makes the default run of a built lesson.js on wasm and prints what its default.json keeps: node dist/default-main.js <lesson.js>
import { pathToFileURL } from 'node:url';
import { nodeData } from '@weightkit/datasets/node';
import type { Lesson } from './lesson.ts';
import { runLesson } from './run-lesson.ts';
import { startBackend } from './start-backend.ts';
import { encodeResult } from './stored-result.ts';

const { lesson } = (await import(pathToFileURL(process.argv[2]!).href)) as { lesson: Lesson };
const backend = await startBackend('tables', 'wasm');
const { result, values } = await runLesson(lesson, {}, { data: nodeData() });
const stored = { backend, summary: lesson.summary(result, values), result: encodeResult(result) };
process.stdout.write(JSON.stringify(stored), () => process.exit(0));
