/** A worklet file, bundled and minified, as text. The build makes it; see `tools/inline-worklet.mjs`. */
declare module '*?worklet' {
  const source: string;
  export default source;
}
