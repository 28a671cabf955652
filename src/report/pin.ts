/** Formats the pin of an image: a Nix attribute set, as nix-prefetch-docker prints it, or a call of `pullImage`. */

/** Formats a pin as a Nix attribute set. */
export function nixPin(pin: object): string {
  return ['{', ...Object.entries(pin).map(([key, value]) => `  ${key} = ${nixText(String(value))};`), '}'].join('\n')
}

/** Formats a pin as a call in TypeScript. */
export function typescriptPin(pin: object): string {
  const lines = Object.entries(pin).map(([key, value]) => `  ${key}: ${JSON.stringify(String(value))},`)
  return ['dockerTools.pullImage({', ...lines, '})'].join('\n')
}

/** Formats a string of the Nix language, in which `${` must not begin an expression. */
function nixText(text: string): string {
  return JSON.stringify(text).replaceAll('${', '\\${')
}
