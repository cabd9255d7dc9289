import { EXAMPLE_NAMES } from './names.ts';
import pruneAndQuantize from './prune-and-quantize.js?raw';
import startRight from './start-right.js?raw';
import weightFile from './weight-file.js?raw';

/** A program to begin with. */
export interface Example {
  name: (typeof EXAMPLE_NAMES)[number];
  title: string;
  code: string;
}

const TEXTS: Record<Example['name'], Omit<Example, 'name'>> = {
  'start-right': { title: 'Start a deep network right', code: startRight },
  'prune-and-quantize': { title: 'Prune and quantize', code: pruneAndQuantize },
  'weight-file': { title: 'Change a weight file without TensorFlow.js', code: weightFile },
};

/** What the playground offers, the first when nothing was asked for. */
export const EXAMPLES: readonly Example[] = EXAMPLE_NAMES.map((name) => ({ name, ...TEXTS[name] }));
