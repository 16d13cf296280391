/** A language's sentences, merged from its areas by the plugin in vite.config.ts. */
declare module "virtual:catalogue/*" {
  const sentences: Readonly<Record<string, string>>;
  export default sentences;
}
