export { type Candidate, type Choice, chooseBackend, type Timing } from './choose-backend.ts';
export type { Data, Lesson, Parameter, Progress, Run, Values } from './lesson.ts';
export { markdownTable } from './markdown-table.ts';
export { type Measured, type MeasuredRun, type Measurement, measure, measureRun } from './measurement.ts';
export { checkValues, type Described, initialValues, parametersOf, parseValue, ruleOf } from './parameters.ts';
export { type Outcome, type RunOptions, runLesson } from './run-lesson.ts';
export { fromSearch, toSearch } from './search.ts';
export { type AdapterLike, isSoftwareAdapter } from './software-adapter.ts';
