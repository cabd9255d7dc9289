// Which lessons and recipes lead to a page of the guides or of the reference, so that the page can lead back to them. The links of a
// lesson stand in its about.ts, those of a recipe in its section of the cookbook.

const COOKBOOK = '/docs/cookbook/';

/** The address of a heading in its page. */
const idOf = (title) =>
  title
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(/\s+/g, '-');

/** Where a link of the cookbook leads: `start/pruning.md#…` is the guide, `/api/pruning/#prune` the function. */
function targetOf(url) {
  const [, guide] = /^([\w/-]+)\.md(?:#|$)/.exec(url) ?? [];
  if (guide) return `/docs/${guide.replace(/(^|\/)index$/, '$1')}/`.replace(/\/\/$/, '/');
  return url.startsWith('/api/') ? url : undefined;
}

/** The sections of the cookbook with what they link to: `[{to, title, links}]`. */
export function recipesOf(cookbook) {
  return cookbook
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const title = section.slice(0, section.indexOf('\n')).trim();
      const links = [...section.matchAll(/(?<!!\[[^\]]*)\]\(([^)\s]+)\)/g)].map(([, url]) => targetOf(url));
      return { to: `${COOKBOOK}#${idOf(title)}`, title, links: new Set(links.filter(Boolean)) };
    });
}

/**
 * `abouts` are those of the lessons in their order, `cookbook` is its text. Gives what leads to an address: recipes, and lessons, each
 * `{to, title}`.
 */
export function crossLinks({ abouts, cookbook }) {
  const lessons = abouts.map(({ name, title, links }) => ({
    to: `/lessons/${name}/`,
    title,
    links: new Set(links.map(({ to }) => to)),
  }));
  const recipes = recipesOf(cookbook);
  const leading = (all, address) =>
    all.filter(({ links }) => links.has(address)).map(({ to, title }) => ({ to, title }));
  return (address) => ({ recipes: leading(recipes, address), lessons: leading(lessons, address) });
}

/** What leads to a page as lines with links: `[{label, pages}]`, none where nothing does. */
export const linkLines = ({ recipes, lessons }) =>
  [
    { label: recipes.length > 1 ? 'Recipes' : 'Recipe', pages: recipes },
    { label: lessons.length > 1 ? 'Lessons' : 'Lesson', pages: lessons },
  ].filter(({ pages }) => pages.length > 0);
