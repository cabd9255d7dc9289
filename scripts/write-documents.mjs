// Writes the marked parts of READMEs and pages anew, sizes and whether there is a release, and the versions that the examples depend on.
//   node scripts/write-documents.mjs
// The pictures of the README have a script of their own, scripts/pictures.mjs.
import { writeDocuments } from './lib/document-parts.mjs';
import { writeExamples } from './lib/examples.mjs';

const paths = [...writeDocuments(), ...writeExamples()];
console.log(paths.length ? `written: ${paths.join(', ')}` : 'all documents were up to date');
