import type { BrowserContextOptions, Page } from 'playwright';
import type { Site } from './browser.ts';

/** What is wrong, by the path of the page. */
export type Found = Record<string, string[]>;

/** Loads the paths, two at a time in tabs that are used again, and gives what `check` found and what went wrong, by path. */
export async function eachPage(
  site: Site,
  paths: readonly string[],
  options: BrowserContextOptions,
  check: (page: Page) => Promise<string[]>,
  go: 'open' | 'follow' = 'open',
): Promise<Found> {
  const found: Found = {};
  const queue = [...paths];
  const lane = async () => {
    const first = queue.shift();
    if (first === undefined) return;
    const visit = await site.visit(first, options);
    for (let path: string | undefined = first; path !== undefined; path = queue.shift()) {
      if (path !== first) await visit[go](path);
      const problems = [...(await check(visit.page)), ...visit.errors.splice(0)];
      if (problems.length) found[path] = problems;
    }
    await visit.page.context().close();
  };
  await Promise.all([lane(), lane()]);
  return found;
}
