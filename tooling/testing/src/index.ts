export { allowBackend } from './other-backends.ts';
export { type SlowReads, slowReads } from './pending-reads.ts';
export { artifactsOf, loadStock } from './stock.ts';
export { hasKernel, leakOf, maxAbsDifference, valuesOf } from './tensors.ts';
export { withTwinBackend } from './twin-backend.ts';
