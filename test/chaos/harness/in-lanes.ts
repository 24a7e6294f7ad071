/** Runs lanes side by side. Throws what the first one threw, but only once all have ended. */
export async function inLanes<T>(
  count: number,
  runLane: (lane: number) => Promise<T>,
): Promise<readonly T[]> {
  const lanes = Array.from({ length: count }, (_, lane) => runLane(lane))
  await Promise.allSettled(lanes)
  return Promise.all(lanes)
}
