// What a page needs of a lesson before it runs: nothing here loads TensorFlow.js.
export type { About, Figures, LineAnswer, NearText, PageLink, Parameter, Prediction, Values } from './lesson.ts';
export { checkValues, initialValues, nearestValue } from './parameters.ts';
export { fromSearch, toSearch } from './search.ts';
export { sliderOf } from './slider.ts';
