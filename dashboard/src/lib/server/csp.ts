/** Lets the one library that makes its own styles (the editor) do so under the page's nonce, and nothing else. */
export function allowNonceForStyles(policy: string): string {
  const nonce = /'nonce-[^']+'/.exec(policy)?.[0]
  return nonce === undefined ? policy : policy.replace(/style-src (?!-)([^;]*)/, `style-src $1 ${nonce}`)
}
