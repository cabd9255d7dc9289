export { allowBackend } from './other-backends.ts';
export { artifactsOf, loadStock } from './stock.ts';
export { hasKernel, leakOf, maxAbsDifference, valuesOf } from './tensors.ts';
