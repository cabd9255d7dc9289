// The command's own functions: what it says in a shell, the page says too.
export { certify } from '../../../packages/cli/src/commands/certify.ts';
export { type Check, check } from '../../../packages/cli/src/commands/check.ts';
export { type InspectedTensor, type Inspection, inspect } from '../../../packages/cli/src/commands/inspect.ts';
export { quantize } from '../../../packages/cli/src/commands/quantize.ts';
export { BlockSample, type SizeCount } from '../../../packages/cli/src/files/block-sample.ts';
export { CountingDirectory } from '../../../packages/cli/src/files/counting-directory.ts';
export type { FileAccess } from '../../../packages/cli/src/files/file-access.ts';
export { beginsAsJson, indexIn, MAX_INDEX, namesIn } from '../../../packages/cli/src/files/index-names.ts';
export { withoutFunction } from '../../../packages/cli/src/output/without-function.ts';
export { type DrawnTensor, figureSections } from '../../../packages/cli/src/views/report.ts';
