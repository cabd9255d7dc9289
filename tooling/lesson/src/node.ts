export { type Command, helpOf, parseCommand } from './command.ts';
export { figureText } from './figure-text.ts';
export { prepareFolder, writeWhole } from './output.ts';
export { ProgressLine } from './progress-line.ts';
export { NODE_BACKENDS, startBackend } from './start-backend.ts';
export { terminal } from './terminal.ts';
export { textTable } from './text-table.ts';
