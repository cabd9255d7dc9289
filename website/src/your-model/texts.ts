// Numbers and words as the command writes them: apart from the rest of it, because the page needs them before any file is there.
export {
  bytesText,
  countText,
  numberText,
  plural,
  shapeText,
  shareText,
} from '../../../packages/cli/src/output/numbers.ts';
export { sparkline } from '../../../packages/cli/src/output/sparkline.ts';
