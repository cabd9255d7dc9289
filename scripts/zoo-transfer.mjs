// Measures what a published model learns of other classes and writes the table that the guide shows; WEIGHTKIT_CIFAR10 names a folder with
// CIFAR-10 in its binary format:
//   node scripts/zoo-transfer.mjs && node scripts/write-documents.mjs
import { writeDeep } from './lib/write-deep.mjs';

writeDeep('tooling/zoo/deep/transfer.deep.ts', 'WEIGHTKIT_WRITE_TRANSFER');
