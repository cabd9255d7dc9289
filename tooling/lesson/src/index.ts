export type { Data, Lesson, Parameter, Progress, Run, Values } from './lesson.ts';
