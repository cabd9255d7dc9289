import ComponentCreator from '@docusaurus/ComponentCreator';
import { matchPath } from '@docusaurus/router';
import globalData from '@generated/globalData';
import registry from '@generated/registry';
import routes from '@generated/routes';
import parts, { type PageRoute } from '@generated/routes?parts';
import names from '@generated/routesChunkNames';
import { partOf } from './part-of.cjs';

const added = new Map<number, Promise<void>>();

/** Puts the pages of a part where Docusaurus looks for them: it reads its lists each time that it is asked. */
async function add(index: number): Promise<void> {
  const { default: part } = await parts[index]!();
  Object.assign(registry, part.registry);
  Object.assign(names, part.names);
  for (const { place, route } of part.routes) {
    const list = place.reduce((among, at) => among[at]!.routes!, routes as PageRoute[]);
    list.push({ ...route, component: ComponentCreator(route.path, route.component as string) });
  }
  const all = globalData['docusaurus-plugin-content-docs'] as Record<string, { versions: { docs: unknown[] }[] }>;
  for (const { plugin, version, doc } of part.docs) all[plugin]!.versions[version]!.docs.push(doc);
}

/** Once; again where the file did not come. */
function addOnce(index: number): Promise<void> {
  const before = added.get(index);
  if (before) return before;
  const adding = add(index).catch((error: unknown) => {
    added.delete(index);
    throw error;
  });
  added.set(index, adding);
  return adding;
}

/** The routes that an address is shown by, the outermost first, as the router finds them. */
function branchOf(list: PageRoute[], pathname: string): PageRoute[] {
  const route = list.find(({ path, exact = false }) => matchPath(pathname, { path, exact }));
  return route ? [route, ...branchOf(route.routes ?? [], pathname)] : [];
}

/**
 * Docusaurus's own `preload`, which it awaits before it shows a page, for a table of pages that comes in parts.
 *
 * @param address of a page of this site, with what follows `?` or `#` or without
 * @returns when all is there that the page needs
 */
export default async function preload(address: string): Promise<void> {
  // As Docusaurus does with an address before it looks for its page.
  const pathname = address.replace(/[?#].*/, '').replace(/(\/index)?\.html$/, '') || '/';
  const spellings = [...new Set([pathname, decodeURI(pathname)])];
  await Promise.all([...new Set(spellings.map(partOf))].map(addOnce));
  const matches = spellings.flatMap((path) => branchOf(routes as PageRoute[], path));
  await Promise.all(matches.map(({ component }) => (component as { preload?: () => Promise<unknown> }).preload?.()));
}
