import Link from '@docusaurus/Link';
import { useLocation } from '@docusaurus/router';
import useBaseUrl from '@docusaurus/useBaseUrl';
import Heading from '@theme/Heading';
import { useEffect } from 'react';

/** Where an export is that had a page of its own. */
const OLD = /^(.*\/api\/.+?\/)(?:functions|interfaces|type-aliases|variables|classes)\/([^/]+)\/?$/;

const LINKS = [
  ['/docs/install/', 'Install', 'and a first run'],
  ['/docs/cookbook/', 'Cookbook', 'short programs by task'],
  ['/docs/start/', 'Start here', 'a guide for each package'],
  ['/lessons/', 'Lessons', 'experiments that run in the page'],
  ['/api/', 'API', 'every function with a line'],
] as const;

/** What a wrong address shows. */
export default function NotFoundContent() {
  const { pathname } = useLocation();
  const [, folder, name] = OLD.exec(pathname) ?? [];
  const search = useBaseUrl('/search/');
  useEffect(() => {
    if (folder) location.replace(`${folder}#${name}`);
  }, [folder, name]);
  return (
    <main className="container margin-vert--lg markdown">
      <Heading as="h1">There is no page at this address</Heading>
      <p>A page may have moved, or the address may have a slip in it. Look for it, or begin here:</p>
      <form action={search} className="search-again">
        <label htmlFor="search-again">Search this site</label>
        <input id="search-again" name="q" type="search" />
        <button className="button button--primary" type="submit">
          Search
        </button>
      </form>
      <ul>
        {LINKS.map(([to, text, what]) => (
          <li key={to}>
            <Link to={to}>{text}</Link>: {what}
          </li>
        ))}
      </ul>
    </main>
  );
}
