/** A metric of the chosen job and instance, with further matchers. */
export function ofProcess(metric: string, more = ''): string {
  return `${metric}{job=~"$job",instance=~"$instance"${more}}`
}
