import Link from '@docusaurus/Link';
import Heading from '@theme/Heading';
import Layout from '@theme/Layout';
import { packages } from '../../../packages';

/** The list of the packages' references. */
export default function Api() {
  return (
    <Layout
      title="API"
      description="The API reference of every weightkit package, made from the comments in the sources."
    >
      <main className="container margin-vert--lg markdown">
        <Heading as="h1">API</Heading>
        <p>Every export of every package, made from the comments in the sources.</p>
        <ul>
          {packages.map(({ name, what }) => (
            <li key={name}>
              <Link to={`/api/${name}/`}>@weightkit/{name}</Link>: {what}
            </li>
          ))}
        </ul>
      </main>
    </Layout>
  );
}
