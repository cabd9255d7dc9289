// Writes docs/performance.md: the tables that the benchmarks wrote, as they are, with headings of one page.
//   node scripts/performance.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const website = dirname(dirname(fileURLToPath(import.meta.url)));
const TABLES = [
  ['RESULTS', 'Numerics beside other libraries'],
  ['QUANTIZATION', 'Quantization'],
  ['TRAINING', 'What training costs'],
  ['WASM', 'Training on wasm with fast kernels'],
  ['FILES', 'Reading and converting weight files'],
];

/** A table's page without its heading, its own headings one deeper. */
function section([file, title]) {
  const [, ...lines] = readFileSync(join(website, '../benchmarks', `${file}.md`), 'utf8').split('\n');
  const text = lines
    .join('\n')
    .trim()
    .replaceAll(/^#(?=#* )/gm, '##')
    .replace('; do not edit.', '.');
  return `## ${title}\n\n${text}`;
}

const page = `---
title: Performance
description: What weightkit takes beside other libraries, what training costs with it, and how fast it reads files.
keywords: [speed, benchmark, fast, slow, time]
custom_edit_url: null
---

# Performance

Five tables that programs wrote, on the machine that each names. The goals are the project's own; where one is missed, the table says
so.

${TABLES.map(section).join('\n\n')}
`;
writeFileSync(join(website, 'docs/performance.md'), page);
