// Writes the marked parts of READMEs and pages anew: sizes, and whether there is a release.
//   node scripts/write-documents.mjs
// The pictures of the README have a script of their own, scripts/pictures.mjs.
import { writeDocuments } from './lib/document-parts.mjs';

const paths = writeDocuments();
console.log(paths.length ? `written: ${paths.join(', ')}` : 'all documents were up to date');
