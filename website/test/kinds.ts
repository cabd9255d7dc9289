import type { Page } from 'playwright';

/** One page of every kind. They are looked at after every change, all others with what changes them. */
export const KINDS = [
  '/',
  '/docs/start/pruning/',
  '/docs/cookbook/',
  '/docs/viz/gallery/',
  '/docs/performance/',
  '/api/',
  '/api/weightnorm/',
  '/lessons/',
  '/lessons/compute-by-hand/',
  '/lessons/glossary/',
  '/changelog/',
  '/playground/',
  '/your-model/',
  '/search/?q=xavier',
  '/404.html',
] as const;

/** Waits for what some kinds of pages show only after they have been loaded. */
export async function shown(page: Page): Promise<void> {
  const { pathname, search } = new URL(page.url());
  if (pathname === '/playground/') await page.locator('.cm-content').waitFor();
  if (pathname === '/search/' && search !== '') await page.locator('[role=main] article').first().waitFor();
}
