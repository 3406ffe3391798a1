// The parts of PostgreSQL's wire protocol 3.0 that the server needs.
// Source: PostgreSQL manual, "Frontend/Backend Protocol", https://www.postgresql.org/docs/17/protocol.html

const MAX_MESSAGE = 64 << 20
const MAX_STARTUP = 10_000 // the same bound as PostgreSQL's own MAX_STARTUP_PACKET_LENGTH

/** An error that ends the connection; `code` is its SQLSTATE. */
export class Fatal extends Error {
  constructor(code, text) {
    super(text)
    this.code = code
  }
}

export const cstring = (text) => Buffer.from(`${text}\0`)
export const int32 = (n) => { const b = Buffer.alloc(4); b.writeInt32BE(n); return b }

export function message(type, ...parts) {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

export const query = (sql) => message('Q', cstring(sql))
export const sync = message('S')
export const parse = (sql) => message('P', cstring(''), cstring(sql), Buffer.alloc(2))
export const bind = message('B', Buffer.alloc(8)) // unnamed portal and statement, no parameters
export const execute = (portal) => message('E', cstring(portal), int32(0))
export const ready = message('Z', Buffer.from('I'))
export const fatal = (code, text) =>
  message('E', ...[`SFATAL`, `VFATAL`, `C${code}`, `M${text}`].map(cstring), Buffer.alloc(1))

/** SQL literals with the same meaning for any value of `standard_conforming_strings`. */
export const literal = (text) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
export const identifier = (text) => `"${text.replaceAll('"', '""')}"`

/** Cuts a client's bytes into whole messages. Copies each message once, for any slicing on the way. */
export class Frames {
  chunks = []
  size = 0
  need = 1

  add(chunk) {
    this.chunks.push(chunk)
    this.size += chunk.length
  }

  get full() { return this.size > MAX_MESSAGE } // so it holds at least one whole message

  /** The next whole message, or undefined. A start-up packet has no type byte before its length. */
  next(startup = false) {
    const header = startup ? 4 : 5
    if (this.size < Math.max(header, this.need)) return undefined
    if (this.chunks.length > 1) this.chunks = [Buffer.concat(this.chunks)]
    const bytes = this.chunks[0]
    const length = bytes.readUInt32BE(header - 4) + header - 4
    if (startup && (length < 8 || length > MAX_STARTUP)) throw new Fatal('08P01', 'invalid length of startup packet')
    if (length < header) throw new Fatal('08P01', 'invalid message length')
    if (length > MAX_MESSAGE) throw new Fatal('54000', `message of ${length} bytes: the limit is ${MAX_MESSAGE}`)
    this.need = length
    if (bytes.length < length) return undefined
    this.need = 1
    this.size -= length
    this.chunks = this.size ? [bytes.subarray(length)] : []
    return bytes.subarray(0, length)
  }
}

/** The engine's reply as [type, start, end) of each message's body. */
export function* replies(bytes) {
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + bytes.readUInt32BE(at + 1)
    yield [String.fromCharCode(bytes[at]), at + 5, end]
    at = end
  }
}

/** The first column of the first row in a reply, as text; undefined if there is no row. */
export function firstValue(bytes) {
  for (const [type, start, end] of replies(bytes))
    if (type === 'D') return bytes.toString('utf8', start + 6, end)
}

/** The SQLSTATE and text of the error in a reply, if there is one. */
export function errorIn(bytes) {
  for (const [type, start, end] of replies(bytes)) {
    if (type !== 'E') continue
    const fields = bytes.toString('utf8', start, end).split('\0')
    const field = (name) => fields.find((f) => f[0] === name)?.slice(1)
    return { code: field('C'), text: field('M') }
  }
}

/** The pairs of a start-up packet, as a Map; libpq's `options` are unfolded into it. */
export function startupParameters(packet) {
  const words = packet.toString('utf8', 8).split('\0')
  const pairs = new Map()
  for (let i = 0; i + 1 < words.length && words[i]; i += 2) pairs.set(words[i], words[i + 1])
  const options = unfold(pairs.get('options') ?? '')
  pairs.delete('options')
  return new Map([...pairs, ...options])
}

/** `-c name=value` and `--name=value`, divided by blanks; a backslash keeps the next character, as in libpq. */
function unfold(options) {
  const words = (options.match(/(?:\\[^]|[^\\\s])+/g) ?? []).map((word) => word.replace(/\\([^])/g, '$1'))
  const pairs = []
  while (words.length) {
    const word = words.shift()
    const setting = word === '-c' ? words.shift() ?? '' : /^(?:-c|--)/.test(word) ? word.slice(2) : ''
    const equals = setting.indexOf('=')
    if (equals < 1) throw new Fatal('22023', 'start-up options must have the form -c name=value')
    pairs.push([setting.slice(0, equals).replaceAll('-', '_'), setting.slice(equals + 1)])
  }
  return pairs
}
