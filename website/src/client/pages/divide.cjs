// Docusaurus lists every page in four files that each page would load: addresses (routes), the chunks of each (routesChunkNames),
// how each chunk is loaded (registry), and what the theme asks about documents (globalData). Here they are divided into what all
// pages need and PARTS parts, so that the script of a page does not grow with the number of pages.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { PARTS, partOf } = require('./part-of.cjs');

const DOCS = 'docusaurus-plugin-content-docs';

/** A route of the table, with the hash in place of its component. */
function routesOf(source) {
  const body = source.replaceAll(/^import .*$/gm, '').replace('export default', 'return');
  return new Function('ComponentCreator', body)((_, hash) => hash);
}

/** The lines of the registry by the name of their chunk. The second entry of each names a module, for rendering on a server alone. */
const linesOf = (source) =>
  new Map(
    [...source.matchAll(/^ {2}"([^"]+)": (\[.*\]),/gm)].map(([, name, line]) => [
      name,
      line.replace(/"[^"]*", (?=require\.resolveWeak\()/, '0, '),
    ]),
  );

const chunksOf = (names) => (typeof names === 'string' ? [names] : Object.values(names).flatMap(chunksOf));

/**
 * @param {{ routes: string, registry: string, names: object, globalData: object }} lists the four files, JSON parsed
 * @returns `all`, the lists without the pages of documents, and `parts`, where `place` says which routes of `all` a page stands among
 */
function divide({ routes, registry, names, globalData }) {
  const lines = linesOf(registry);
  const parts = Array.from({ length: PARTS }, () => ({ names: {}, registry: {}, routes: [], docs: [] }));
  const all = { names: {}, registry: {}, routes: [], globalData: structuredClone(globalData) };
  const add = (to, { path, component }) => {
    const key = `${path}-${component}`;
    if (!names[key]) return;
    to.names[key] = names[key];
    for (const chunk of chunksOf(names[key])) if (lines.has(chunk)) to.registry[chunk] = lines.get(chunk);
  };
  const walk = (list, place) =>
    list.flatMap((route, index) => {
      if (place.length && route.exact && !route.routes) {
        const part = parts[partOf(route.path)];
        part.routes.push({ place, route });
        add(part, route);
        return [];
      }
      add(all, route);
      return [{ ...route, ...(route.routes && { routes: walk(route.routes, [...place, index]) }) }];
    });
  all.routes = walk(routesOf(routes), []);
  // What several pages are drawn with is no part's own.
  const uses = new Map();
  for (const chunk of Object.values(names).flatMap((value) => [...new Set(chunksOf(value))]))
    uses.set(chunk, (uses.get(chunk) ?? 0) + 1);
  for (const { registry: own } of parts)
    for (const [chunk, line] of Object.entries(own).filter(([name]) => uses.get(name) > 1)) {
      all.registry[chunk] = line;
      delete own[chunk];
    }
  for (const [plugin, { versions }] of Object.entries(all.globalData[DOCS] ?? {}))
    for (const [version, { docs }] of versions.entries())
      for (const doc of docs.splice(0)) parts[partOf(doc.path)].docs.push({ plugin, version, doc });
  return { all, parts };
}

/** Reads Docusaurus's four files and divides them. */
function dividedIn(folder) {
  const text = (name) => readFileSync(join(folder, name), 'utf8');
  const json = (name) => JSON.parse(text(name));
  return divide({
    routes: text('routes.js'),
    registry: text('registry.js'),
    names: json('routesChunkNames.json'),
    globalData: json('globalData.json'),
  });
}

exports.FILES = ['routes.js', 'registry.js', 'routesChunkNames.json', 'globalData.json'];
exports.divide = divide;
exports.dividedIn = dividedIn;
