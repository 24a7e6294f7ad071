/** A YAML file with the part that its comments offer: the number signs before it taken away. */
export function uncomment(text: string): string {
  return text.replaceAll(/^( +)#(?! \S)/gm, '$1')
}
