import type drawn from 'still-drawings';

type Drawings = (typeof drawn)[string];

const fetched = new Map<string, Promise<Drawings>>();

/** The drawings of a page from their file, once. */
export function fetchDrawings(file: string): Promise<Drawings> {
  const known = fetched.get(file);
  if (known) return known;
  const page = fetch(file).then((response) => {
    if (!response.ok) throw new Error(String(response.status));
    return response.json() as Promise<Drawings>;
  });
  // Another drawing, or another look at the page, tries again.
  page.catch(() => fetched.delete(file));
  fetched.set(file, page);
  return page;
}
