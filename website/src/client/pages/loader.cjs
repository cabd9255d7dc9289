// A loader for Docusaurus's lists of pages (divide.cjs): each becomes what all pages need. `routes.js?parts` is the list of parts,
// `routes.js?part=3` is one of them.
const { basename, dirname, join } = require('node:path');
const { FILES, dividedIn } = require('./divide.cjs');

const object = (entries) =>
  `{${Object.entries(entries)
    .map(([key, code]) => `${JSON.stringify(key)}: ${code}`)
    .join(',\n')}}`;

const routeCode = ({ component, routes, ...rest }) =>
  object({
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, JSON.stringify(value)])),
    component: `ComponentCreator(${[rest.path, component].map((text) => JSON.stringify(text)).join(', ')})`,
    ...(routes && { routes: `[${routes.map(routeCode).join(',\n')}]` }),
  });

const partCode = ({ registry, names, routes, docs }) =>
  `export default ${object({ registry: object(registry), ...Object.fromEntries(Object.entries({ names, routes, docs }).map(([key, value]) => [key, JSON.stringify(value)])) })};`;

module.exports = function pages() {
  const folder = dirname(this.resourcePath);
  for (const file of FILES) this.addDependency(join(folder, file));
  const { all, parts } = dividedIn(folder);
  const [, part] = /^\?part=(\d+)$/.exec(this.resourceQuery) ?? [];
  if (part !== undefined) return partCode(parts[part]);
  if (this.resourceQuery === '?parts')
    return `export default [${parts.map((_, i) => `() => import('./routes.js?part=${i}')`).join(',\n')}];`;
  const code = {
    'routes.js': () =>
      `import ComponentCreator from '@docusaurus/ComponentCreator';\nexport default [${all.routes.map(routeCode).join(',\n')}];`,
    'registry.js': () => `export default ${object(all.registry)};`,
    'routesChunkNames.json': () => JSON.stringify(all.names),
    'globalData.json': () => JSON.stringify(all.globalData),
  };
  return code[basename(this.resourcePath)]();
};
