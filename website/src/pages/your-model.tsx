import Link from '@docusaurus/Link';
import Heading from '@theme/Heading';
import Layout from '@theme/Layout';
import YourModel from '../your-model/YourModel.tsx';

export default function YourModelPage() {
  return (
    <Layout
      title="Your model"
      description="Drop a weight file and see what is in it: tensors, histograms, spectra, what is wrong. Nothing is uploaded."
    >
      <main className="container margin-vert--lg">
        <Heading as="h1">Your model</Heading>
        <p>
          What is in your weight file, is anything wrong with it, and how small can it get?{' '}
          <strong>Nothing is uploaded:</strong> this page reads your files in your browser, and sends nothing anywhere.
          In a shell the same is done by <Link to="/docs/command-line/">npx weightkit</Link>.
        </p>
        <noscript>
          <p>Files are read by JavaScript, which is off here.</p>
        </noscript>
        <YourModel />
      </main>
    </Layout>
  );
}
