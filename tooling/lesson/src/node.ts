export { prepareFolder, writeWhole } from './output.ts';
export { ProgressLine } from './progress-line.ts';
export { NODE_BACKENDS, startBackend } from './start-backend.ts';
