export type Field = { readonly number: number; readonly bytes: Buffer; readonly varint: number }

/** The fields of a protobuf message: https://protobuf.dev/programming-guides/encoding/ */
export function fieldsOf(message: Buffer): readonly Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const tag = varint()
    const kind = tag & 7
    const number = tag >>> 3
    if (kind === 0) {
      fields.push({ number, bytes: Buffer.alloc(0), varint: varint() })
      continue
    }
    const length = kind === 2 ? varint() : kind === 1 ? 8 : 4
    fields.push({ number, bytes: message.subarray(at, at + length), varint: 0 })
    at += length
  }
  return fields
}

export function all(message: Buffer, number: number): readonly Buffer[] {
  return fieldsOf(message).flatMap((field) => (field.number === number ? [field.bytes] : []))
}

export function first(message: Buffer, number: number): Buffer {
  return all(message, number)[0] ?? Buffer.alloc(0)
}
