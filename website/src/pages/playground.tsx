import BrowserOnly from '@docusaurus/BrowserOnly';
import Heading from '@theme/Heading';
import Layout from '@theme/Layout';
import { useEffect, useState } from 'react';
import { fromAddress } from '../playground/address.ts';
import { EXAMPLES } from '../playground/examples/index.ts';
import Playground from '../playground/Playground.tsx';

const FIRST = EXAMPLES[0]!.code;

/** The program of the page's address, or the first example. */
function Shared() {
  const [code, setCode] = useState<string>();
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const read = () =>
      fromAddress(location.hash).then(
        (found) => {
          setProblem('');
          setCode((before) => found ?? before ?? FIRST);
        },
        (error: Error) => {
          setProblem(`${error.message} Below is an example instead.`);
          setCode(FIRST);
        },
      );
    read();
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  const example = EXAMPLES.find((one) => one.code === code);
  return (
    <>
      <p>
        <label>
          Example{' '}
          <select
            value={example?.name ?? ''}
            onChange={({ target }) => {
              const chosen = EXAMPLES.find(({ name }) => name === target.value);
              if (!chosen) return;
              setProblem('');
              setCode(chosen.code);
              history.replaceState(history.state, '', location.pathname);
            }}
          >
            {!example && <option value="">the program of this address</option>}
            {EXAMPLES.map(({ name, title }) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </p>
      {problem && <p role="alert">{problem}</p>}
      {code !== undefined && <Playground code={code} ownAddress />}
    </>
  );
}

export default function PlaygroundPage() {
  return (
    <Layout title="Playground" description="Write a program with weightkit and run it in the page.">
      <main className="container margin-vert--lg">
        <Heading as="h1">Playground</Heading>
        <p>
          Programs run here, in your browser, with TensorFlow.js and all packages of weightkit that need no Node. What
          they print and every figure they make appears below. The address carries the program: send it to somebody.
        </p>
        <noscript>
          <p>Programs need JavaScript, which is off here.</p>
        </noscript>
        <BrowserOnly fallback={<p>Loading the editor …</p>}>{() => <Shared />}</BrowserOnly>
      </main>
    </Layout>
  );
}
