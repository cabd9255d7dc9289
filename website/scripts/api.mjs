// Writes api/: a page for each entry point of each package, in Markdown, a page of all functions, and a sidebar. A warning fails it.
// A step of its own, because Docusaurus starts its plugins side by side and looks for these files before one could write them.
// All packages share one TypeScript program: parsing and checking the types of TensorFlow.js is most of the time.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, ReflectionKind } from 'typedoc';
import ts from 'typescript';
import { COURSE } from '../../lessons/dist/course.js';
import { pageWriter } from './api/page.mjs';
import { crossLinks } from './cross-links.mjs';

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
      id: join(name, path),
      url: `/${join('api', name, path)}/`,
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

const REPOSITORY = 'https://github.com/weightkit/weightkit/blob/main/';
const list = JSON.parse(readFileSync(join(website, 'packages.json'), 'utf8'));
const entries = list.flatMap(({ name }) => entriesOf(name));
const program = programOf(entries);

const checker = program.getTypeChecker();
/** The names that each entry point exports. */
const namesOf = new Map(
  entries.map(({ title, source }) => {
    const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(source)));
    return [title, new Set(symbols.map(({ name }) => name))];
  }),
);

/** The addresses of what the packages export, by package and name: a package sees another by its declarations. */
function exportsOf() {
  const found = new Map();
  for (const { title, packageName, url } of entries)
    for (const name of namesOf.get(title)) {
      const key = `@weightkit/${packageName} ${name}`;
      if (!found.has(key)) found.set(key, `${url}#${name}`);
    }
  return found;
}

/** From where an example of an entry point means a name: from there, from elsewhere in the package, or from core. */
const entryFor = (title) => {
  const { packageName } = entries.find((entry) => entry.title === title);
  const order = [title, ...entries.filter((one) => one.packageName === packageName).map((one) => one.title)];
  const all = [...order, '@weightkit/core', '@weightkit/core/node'];
  return (name) => all.find((one) => namesOf.get(one).has(name))?.replace('@weightkit/', '');
};

const app = await Application.bootstrap({
  entryPoints: [],
  basePath: root,
  displayBasePath: root,
  tsconfig: join(root, 'packages/core/tsconfig.build.json'),
  readme: 'none',
  excludeInternal: true,
  // What an error inherits from the types of Node is no member of ours.
  excludeExternals: true,
  treatWarningsAsErrors: true,
  // What an exported type mentions without being exported is for the package alone.
  validation: { notExported: false, invalidLink: true, notDocumented: true },
  requiredToBeDocumented: ['Enum', 'Variable', 'Function', 'Class', 'Interface', 'Property', 'Method', 'TypeAlias'],
  packagesRequiringDocumentation: list.map(({ name }) => `@weightkit/${name}`),
  sort: ['source-order'],
  logLevel: 'Warn',
});
const exported = exportsOf();
app.converter.addUnknownSymbolResolver((_reference, _reflection, _part, symbol) =>
  exported.get(`${symbol?.packageName} ${symbol?.qualifiedName}`),
);
const project = app.converter.convert(
  entries.map(({ title, source }) => ({ displayName: title, program, sourceFile: program.getSourceFile(source) })),
);
app.validate(project);

const moduleOf = new Map(entries.map(({ title }) => [title, project.children.find(({ name }) => name === title)]));
const entryOf = new Map(entries.map((entry) => [moduleOf.get(entry.title), entry]));

/** What has a row in the table of its owner. */
const ROWS = new Set([ReflectionKind.Property, ReflectionKind.Method, ReflectionKind.Accessor]);

/** The address of a declaration: of an export its heading, of a member its row. */
function urlOf(reflection, from) {
  const path = [];
  let at = reflection;
  for (; at && !entryOf.has(at); at = at.parent) path.unshift(at);
  const entry = entryOf.get(at);
  if (!entry) return undefined;
  const depth = path[0]?.kind === ReflectionKind.Namespace ? 2 : 1;
  const named = path.slice(0, ROWS.has(path[depth]?.kind) ? depth + 1 : depth);
  return `${at === from ? '' : entry.url}#${named.map(({ name }) => name).join('.')}`;
}
function sourceOf({ sources, signatures: [signature] = [] }) {
  const [place] = sources ?? signature?.sources ?? [];
  return place && `${REPOSITORY}${relative(root, place.fullFileName)}#L${place.line}`;
}

function write(id, { title, label = title, description }, lines) {
  const head = { title, sidebar_label: label, description, custom_edit_url: null, toc_max_heading_level: 3 };
  const front = Object.entries(head).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const file = join(website, 'api', `${id}.md`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `---\n${front.join('\n')}\n---\n\n${lines.join('\n')}\n`);
}

rmSync(join(website, 'api'), { recursive: true, force: true });
const leads = crossLinks({
  abouts: COURSE.map(({ about }) => about),
  cookbook: readFileSync(join(website, 'docs/cookbook.md'), 'utf8'),
});
const index = [];
for (const { title, id, url, packageName, subpath } of entries) {
  const { what } = list.find(({ name }) => name === packageName);
  const page = pageWriter({
    module: moduleOf.get(title),
    urlOf,
    sourceOf,
    entryOf: entryFor(title),
    leadsTo: (name) => leads(`${url}#${name}`),
  });
  const intro = subpath && page.intro ? page.intro : what;
  const guide = `[The guide](/docs/start/${packageName}/) shows how it is used.`;
  write(
    join(id, 'index'),
    { title, label: id.replace(/\/\.?$/, ''), description: `Every export of ${title}, with its options.` },
    // A long name breaks between its parts, not within one.
    [`# ${title.replaceAll('/', '/<wbr>')}`, '', `${intro} ${guide}`, '', ...page.body()],
  );
  const lines = page.functions.map(
    ({ name, line }) => `- [\`${name}\`](${url}#${name}): ${line.replaceAll('](#', `](${url}#`)}`,
  );
  index.push(`## ${title}`, '', intro, '', `[Every export with its options](${url})`, '', ...lines, '');
}
write(
  'index',
  { title: 'API', label: 'All functions', description: 'Every function of every weightkit package, with a line each.' },
  [
    '# API',
    '',
    'Every function of every package, made from the comments in the sources. The page of a package has their parameters, options,',
    'examples and types.',
    '',
    ...index,
  ],
);
const sidebar = [{ type: 'doc', id: 'index' }, ...entries.map(({ id }) => ({ type: 'doc', id: join(id, 'index') }))];
writeFileSync(
  join(website, 'api/sidebars.cjs'),
  `module.exports = { api: ${JSON.stringify(sidebar, undefined, 2)} };\n`,
);
process.exit(app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0);
