export { type Candidate, type Choice, chooseBackend, type Timing } from './choose-backend.ts';
export type {
  About,
  Data,
  Figures,
  Lesson,
  LineAnswer,
  NearText,
  PageLink,
  Parameter,
  Prediction,
  Progress,
  ResultFile,
  Run,
  Values,
  Verdict,
} from './lesson.ts';
export { markdownTable } from './markdown-table.ts';
export { type MeanInterval, meanInterval } from './mean-interval.ts';
export { type Claim, type Measured, type MeasuredRun, type Measurement, measure, measureRun } from './measurement.ts';
export {
  checkValues,
  type Described,
  initialValues,
  nearestValue,
  parametersOf,
  parseValue,
  ruleOf,
  type Taken,
} from './parameters.ts';
export { type Outcome, type RunOptions, runLesson } from './run-lesson.ts';
export { type Asked, fromSearch, toSearch } from './search.ts';
export { type Slider, sliderOf } from './slider.ts';
export { type AdapterLike, isSoftwareAdapter } from './software-adapter.ts';
export { decodeResult, encodeResult, type StoredRun } from './stored-result.ts';
export { type ShareInterval, wilson } from './wilson.ts';
