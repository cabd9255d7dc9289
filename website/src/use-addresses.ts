import { useEffect, useMemo } from 'react';

/** Addresses of files that are kept by the browser, as long as they are shown; null where there is no file. */
export function useAddresses(files: readonly (Blob | null)[]): (string | null)[] {
  const addresses = useMemo(() => files.map((file) => file && URL.createObjectURL(file)), [files]);
  useEffect(
    () => () => {
      for (const address of addresses) if (address) URL.revokeObjectURL(address);
    },
    [addresses],
  );
  return addresses;
}
