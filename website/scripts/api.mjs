// Writes api/<package>/: the reference of every entry point of each package in Markdown, and a sidebar. A warning fails it.
// A step of its own, because Docusaurus starts its plugins side by side and looks for these files before one could write them.
// All packages share one TypeScript program: parsing and checking the types of TensorFlow.js is most of the time.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, ReflectionKind } from 'typedoc';
import ts from 'typescript';

const website = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(website);

/** Entry points of a package: the name of the import, the source behind it, and where its pages go. */
function entriesOf(name) {
  const folder = join(root, 'packages', name);
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([path, { default: file }]) => ({
      packageName: name,
      subpath: path.replace(/^\.\/?/, ''),
      title: `@weightkit/${name}${path.slice(1)}`,
      source: join(folder, file.replace('./dist/', 'src/').replace(/\.js$/, '.ts')),
      out: join(website, 'api', name, path),
    }));
}

function programOf(entries) {
  const config = join(root, 'packages/core/tsconfig.build.json');
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(config, ts.sys.readFile).config,
    ts.sys,
    dirname(config),
  );
  const { rootDir: _, outDir: __, ...kept } = options;
  return ts.createProgram(
    entries.map(({ source }) => source),
    { ...kept, noEmit: true },
  );
}

const sources = 'https://github.com/weightkit/weightkit/blob/main/';
const options = {
  plugin: ['typedoc-plugin-markdown', 'typedoc-docusaurus-theme'],
  entryPoints: [],
  basePath: root,
  displayBasePath: root,
  tsconfig: join(root, 'packages/core/tsconfig.build.json'),
  readme: 'none',
  excludeInternal: true,
  treatWarningsAsErrors: true,
  // What an exported type mentions without being exported is for the package alone.
  validation: { notExported: false, invalidLink: true, notDocumented: true },
  requiredToBeDocumented: ['Enum', 'Variable', 'Function', 'Class', 'Interface', 'Property', 'Method', 'TypeAlias'],
  parametersFormat: 'table',
  hidePageHeader: true,
  logLevel: 'Warn',
};

/** Where the page of each export is, by `@weightkit/name` and the export's name: links from other packages lead there. */
const pages = new Map();
const folders = { Function: 'functions', Interface: 'interfaces', 'Type alias': 'type-aliases', Variable: 'variables' };

async function write(entry, program) {
  const app = await Application.bootstrapWithPlugins({
    ...options,
    name: entry.title,
    outputs: [{ name: 'markdown', path: entry.out }],
    docsPath: join(website, 'api', entry.packageName),
    packagesRequiringDocumentation: [`@weightkit/${entry.packageName}`],
  });
  app.converter.addUnknownSymbolResolver((_reference, _reflection, _part, symbol) =>
    pages.get(`${symbol?.packageName} ${symbol?.qualifiedName}`),
  );
  // `app.convert` would set this; it is not called, because it would make a program of its own.
  app.repositories = { getURL: (file, line) => `${sources}${relative(root, file)}#L${line}` };
  const sourceFile = program.getSourceFile(entry.source);
  const project = app.converter.convert([{ displayName: entry.title, program, sourceFile }]);
  app.validate(project);
  await app.generateOutputs(project);
  for (const child of project.children ?? []) {
    const folder = folders[ReflectionKind.singularString(child.kind)];
    const at = `/api/${entry.packageName}/${entry.subpath ? `${entry.subpath}/` : ''}${folder}/${child.name}`;
    if (folder) pages.set(`@weightkit/${entry.packageName} ${child.name}`, at);
  }
  return !app.logger.hasErrors() && !app.logger.hasWarnings();
}

function writeSidebar(name, entries) {
  const subpath = ({ subpath }) => `  {
    type: 'category',
    label: '@weightkit/${name}/${subpath}',
    link: { type: 'doc', id: '${subpath}/index' },
    items: require('./${subpath}/typedoc-sidebar.cjs'),
  },\n`;
  writeFileSync(
    join(website, 'api', name, 'sidebars.cjs'),
    `const api = [
  { type: 'doc', id: 'index', label: '@weightkit/${name}' },
  ...require('./typedoc-sidebar.cjs'),
${entries.slice(1).map(subpath).join('')}];
module.exports = { api };\n`,
  );
}

rmSync(join(website, 'api'), { recursive: true, force: true });
// What others link to comes first.
const base = ['numerics', 'core'];
const names = [...base, ...readdirSync(join(root, 'packages')).filter((name) => !base.includes(name))];
const all = names.map((name) => entriesOf(name));
const program = programOf(all.flat());
let ok = true;
for (const entries of all) {
  for (const entry of entries) {
    const written = await write(entry, program);
    if (!written) console.error(`API reference: warnings in ${entry.title}`);
    ok &&= written;
  }
  writeSidebar(entries[0].packageName, entries);
}
process.exit(ok ? 0 : 1);
