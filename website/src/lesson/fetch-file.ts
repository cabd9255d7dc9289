/** Reads a file that the site's build has made; says what a reader can do where that fails. */
export async function fetchFile(base: string, file: string): Promise<Uint8Array> {
  const fails = (why: string) =>
    new Error(
      `The digits could not be loaded (${file}: ${why}). The figures stay as they are. Press Run to try again.`,
    );
  const response = await fetch(`${base}generated/${file}`).catch((error: Error) => {
    throw fails(error.message);
  });
  if (!response.ok) throw fails(String(response.status));
  return new Uint8Array(await response.arrayBuffer());
}
