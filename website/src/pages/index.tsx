import Link from '@docusaurus/Link';
import CodeBlock from '@theme/CodeBlock';
import Heading from '@theme/Heading';
import Layout from '@theme/Layout';
import Cards from '../home/Cards.tsx';
import Demo from '../home/Demo.tsx';
import source from '../home/experiment.ts?raw';
import styles from '../home/home.module.css';

function Hero() {
  return (
    <div className={styles.hero}>
      <div className="container">
        <Heading as="h1">Everything you do to the weights of a neural network, in JavaScript</Heading>
        <p className={styles.tagline}>
          Small packages on TensorFlow.js that initialize, measure, prune, quantize, normalize, freeze and draw weights,
          in Node and in browsers. What they save loads in stock TensorFlow.js, or is refused by name before a byte is
          written.
        </p>
        <div className={styles.buttons}>
          <Link className="button button--primary button--lg" to="/docs/install/">
            Install
          </Link>
          <Link className="button button--outline button--primary button--lg" to="/lessons/">
            Lessons that run
          </Link>
          <Link className="button button--outline button--primary button--lg" to="/your-model/">
            Look into your model
          </Link>
        </div>
      </div>
    </div>
  );
}

/** The front door. */
export default function Home() {
  return (
    <Layout description="Initialize, measure, prune, quantize, normalize and freeze the weights of TensorFlow.js models, in Node and in browsers.">
      <main>
        <Hero />
        <div className="container">
          <section aria-labelledby="try">
            <Heading as="h2" id="try">
              Fill a layer, prune it, store it
            </Heading>
            <p>
              Turn the knobs. Four of the packages fill a layer with random weights, set the smallest to zero, and round
              the rest to what fits in a byte or two. Plain TensorFlow.js then reads the file back.
            </p>
            <div className={styles.columns}>
              <Demo />
              <div className={styles.source}>
                <CodeBlock language="ts" title="The code that runs: website/src/home/experiment.ts">
                  {source}
                </CodeBlock>
              </div>
            </div>
          </section>
          <section aria-labelledby="packages">
            <Heading as="h2" id="packages">
              Packages, each installed by itself
            </Heading>
            <Cards />
          </section>
          <section aria-labelledby="promises">
            <Heading as="h2" id="promises">
              What every package keeps to
            </Heading>
            <ul className={styles.promises}>
              <li>
                <strong>Exact.</strong> 80 % of 1,000 entries is 800 zeros. A seed gives the same weights on every
                backend, and the streams are those of JAX.
              </li>
              <li>
                <strong>Proved.</strong> Every transform returns a report with a number that certifies it: the largest
                rounding error beside its bound, the frozen weights that moved.
              </li>
              <li>
                <strong>Reversible.</strong> Masks, norms and freezes go on unmodified layers, and come off again
                without a trace, or fold into the weights.
              </li>
              <li>
                <strong>Compared.</strong> Values are tested against PyTorch, Keras, JAX, numpy and scipy, on CPU,
                WebAssembly, tfjs-node and WebGPU.
              </li>
            </ul>
            <p>
              Coming from Python? <Link to="/docs/translate/">If you know PyTorch, Keras or TFMOT, here it is</Link>.
              Starting a project? <Link to="/docs/install/#whole-projects-to-copy">Five to copy</Link>.
            </p>
          </section>
        </div>
      </main>
    </Layout>
  );
}
