import BrowserOnly from '@docusaurus/BrowserOnly';
import styles from './lesson.module.css';

/** A lesson, live: `<Demo lesson="breaking-symmetry" />`. */
export function Demo({ lesson }: { lesson: string }) {
  return (
    <BrowserOnly fallback={<p className={styles.waiting}>The demo needs JavaScript; it is loading.</p>}>
      {() => {
        const { LiveDemo } = require('./LiveDemo.tsx') as typeof import('./LiveDemo.tsx');
        return <LiveDemo lesson={lesson} />;
      }}
    </BrowserOnly>
  );
}
