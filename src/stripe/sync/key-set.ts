/** A set of keys that takes 16 to 32 bytes per key, whatever its length. */
export interface KeySet {
  add(key: string): void
  /** True for every key that was added; false positives have a chance of 1 in 2^53. */
  has(key: string): boolean
  readonly size: number
}

const slotCountFirst = 1024

export function createKeySet(): KeySet {
  let slots = new Float64Array(slotCountFirst)
  let size = 0

  /** The slot of the hash, or the empty slot where it belongs. */
  const find = (hash: number): number => {
    const mask = slots.length - 1
    let at = hash % slots.length
    while (slots[at] !== 0 && slots[at] !== hash) at = (at + 1) & mask
    return at
  }

  const insert = (hash: number): void => {
    const at = find(hash)
    if (slots[at] === hash) return
    slots[at] = hash
    size += 1
  }

  const grow = (): void => {
    const kept = slots
    slots = new Float64Array(kept.length * 2)
    size = 0
    for (const hash of kept) if (hash !== 0) insert(hash)
  }

  return {
    add: (key) => {
      insert(hashOf(key))
      if (size > slots.length / 2) grow()
    },
    has: (key) => slots[find(hashOf(key))] !== 0,
    get size() {
      return size
    },
  }
}

/** 53 bits, never 0 (cyrb53, public domain). */
function hashOf(key: string): number {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let index = 0; index < key.length; index += 1) {
    const code = key.charCodeAt(index)
    high = Math.imul(high ^ code, 2654435761)
    low = Math.imul(low ^ code, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return 4294967296 * (2097151 & low) + (high >>> 0) || 1
}
