/** Headers of an answer that a browser keeps as a file under this name. */
export function fileHeaders(contentType: string, fileName: string): Readonly<Record<string, string>> {
  // RFC 6266: the plain name for old clients, the encoded one for those that know it.
  const plain = fileName.replace(/[^\x20-\x7e]/g, '_').replace(/["\\]/g, '_');
  const encoded = encodeURIComponent(fileName).replace(/['()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
  return {
    'content-type': contentType,
    'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`,
  };
}
