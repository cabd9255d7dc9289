import useBaseUrl from '@docusaurus/useBaseUrl';
import type { ResultFile } from '@weightkit/lesson';
import { useMemo } from 'react';
import { useAddresses } from '../use-addresses.ts';
import { useLesson } from './context.ts';
import styles from './lesson.module.css';

interface Offered {
  name: string;
  bytes: number;
  address: string;
}

const Links = ({ files }: { files: readonly Offered[] }) => (
  <p className={styles.bar}>
    {files.map(({ name, bytes, address }) => (
      <a key={name} className="button button--primary button--sm" href={address} download={name}>
        Download {name} ({bytes.toLocaleString('en-US')} bytes)
      </a>
    ))}
  </p>
);

/** The files of the last run, as it counted them. */
function Made({ files }: { files: readonly ResultFile[] }) {
  const blobs = useMemo(() => files.map(({ bytes }) => new Blob([bytes as Uint8Array<ArrayBuffer>])), [files]);
  const addresses = useAddresses(blobs);
  return <Links files={files.map(({ name, bytes }, i) => ({ name, bytes: bytes.length, address: addresses[i]! }))} />;
}

/** The files of the default run. */
function Stored() {
  const { about, pictures } = useLesson();
  const folder = useBaseUrl(`/generated/lessons/${about.name}/`);
  const files = pictures.files.map(({ name, bytes }) => ({
    name,
    bytes,
    address: `${folder}${name}.bin?${pictures.version}`,
  }));
  return <Links files={files} />;
}

/** What the reader can keep of what is shown: the files of the last run, before any those of the default run. */
export function Downloads() {
  const { view, busy } = useLesson();
  const files = view.finish?.files;
  if (files) return <Made files={files} />;
  if (busy) return <p>The files are made at the end of the run.</p>;
  if (view.state === 'stopped' || view.state === 'failed') return <p>The run ended before its files were made.</p>;
  return <Stored />;
}
