import { onTestFinished } from 'vitest'

/** What is started on it ends with the running test, the latest first. */
export function testStack(): AsyncDisposableStack {
  const stack = new AsyncDisposableStack()
  onTestFinished(() => stack.disposeAsync())
  return stack
}
