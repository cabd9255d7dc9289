/** Where a page stands: its file, the address of the site's root, all files, and the site in the network. */
export interface Place {
  page: string;
  base: string;
  files: ReadonlySet<string>;
  online: string;
}
/** What an address of the site is as seen from one of its pages. */
export function relativeOf(link: string, at: Place): string;
/** A page of the site as it stands in the zip; `home` is the file on how to start the server. */
export function fromDisk(html: string, at: Place & { home: string }): string;
