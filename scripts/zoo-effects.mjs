// Measures what quantization does to the outputs of published models and writes the table that the guide shows; WEIGHTKIT_MODELS names the
// folder of those that no package has, WEIGHTKIT_CIFAR10 one with photographs in the binary format of CIFAR-10:
//   node scripts/zoo-effects.mjs [-t handtrackjs] && node scripts/write-documents.mjs
import { writeDeep } from './lib/write-deep.mjs';

writeDeep('tooling/zoo/deep/effects.deep.ts', 'WEIGHTKIT_WRITE_EFFECTS');
