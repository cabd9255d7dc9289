// Writes each lesson's experiment as a program for the playground: the lesson's own code without its types, and a few lines that
// run it with the lesson's settings and show its figures.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { initialValues } from '@weightkit/lesson';
import ts from 'typescript';

const lessons = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'lessons');
const BLANK = '// an empty line';

/** A TypeScript file as JavaScript, its comments and empty lines kept. */
function withoutTypes(file) {
  const text = readFileSync(file, 'utf8').replaceAll(/^[ \t]*$/gm, BLANK);
  const { outputText } = ts.transpileModule(text, {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  return outputText
    .replaceAll(new RegExp(`^[ \\t]*${BLANK}$`, 'gm'), '')
    .replaceAll(/^ +/gm, (space) => ' '.repeat(space.length / 2));
}

const IMPORT = /^import (?:(\* as \w+)|\{([^}]*)\}) from '([^']+)';\n|^import \{\} from '[^']+';\n/gm;

/** A file and those beside it that it imports, in the order in which they run: what they import, and their code. */
function gather(file, imports, seen = new Set()) {
  if (seen.has(file)) return '';
  seen.add(file);
  let before = '';
  const own = withoutTypes(file).replaceAll(IMPORT, (_, star, names, module) => {
    if (module === undefined) return '';
    if (module.startsWith('.')) {
      before += gather(join(dirname(file), module), imports, seen);
      return '';
    }
    const known = imports.get(module) ?? new Set();
    for (const name of star ? [star] : names.split(',')) if (name.trim()) known.add(name.trim());
    imports.set(module, known);
    return '';
  });
  return `${before}${own.replaceAll(/^export (?=(async |function|const|class|let))/gm, '').replaceAll(/^export \{[^}]*\}( from '[^']+')?;\n/gm, '')}\n`;
}

const importLine = ([module, names]) => {
  const list = [...names];
  const star = list.find((name) => name.startsWith('*'));
  return `import ${star ?? `{ ${list.sort().join(', ')} }`} from '${module}';`;
};

/** The program of a lesson. */
async function programOf(name) {
  const { lesson } = await import(pathToFileURL(join(lessons, 'dist', name, 'lesson.js')).href);
  const imports = new Map();
  const code = gather(join(lessons, name, 'experiment.ts'), imports)
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
  const settings = JSON.stringify(initialValues(lesson), null, 2)
    .replaceAll(/"(\w+)":/g, '$1:')
    .replaceAll('"', "'");
  return `${[...imports].map(importLine).join('\n')}
import { data, onProgress, show } from 'lessons/${name}';

${code}

// What the lesson begins with: change it, or anything above.
const params = ${settings};
const result = await ${lesson.experiment.name}(params, { data, onProgress });
show(result, params);
`;
}

/** Writes the programs of all lessons into a folder, `<lesson>.js` each. */
export async function writePrograms(folder) {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(lessons).filter((one) => existsSync(join(lessons, one, 'lesson.ts'))))
    writeFileSync(join(folder, `${name}.js`), await programOf(name));
}
