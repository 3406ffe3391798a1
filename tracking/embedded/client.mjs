// One connection: cuts its bytes into messages and answers what comes before its first turn.
import { Fatal, Frames, cstring, int32, message, startupParameters } from './wire.mjs'

const PROTOCOL_3_0 = 3 << 16
const [CANCEL, SSL, GSSENC] = [80877102, 80877103, 80877104]
const STARTUP_SECONDS = 10

export class Client {
  parameters = null // of its start-up packet
  greeted = false // its role is checked, and it knows
  open = false // between its first message and ReadyForQuery "idle"
  changed = false // it changed its session's settings in this turn
  statements = new Map() // its named prepared statements, as the messages that made them
  timer = null // closes the connection if nothing comes in time
  #frames = new Frames()
  #next
  #turns

  constructor(socket, turns) {
    this.socket = socket.setNoDelay(true)
    this.#turns = turns
    this.expect(STARTUP_SECONDS, '08P01', 'no startup packet')
    socket.on('data', (chunk) => {
      this.#frames.add(chunk)
      if (this.#frames.full) socket.pause()
      turns.wake(this)
    })
    socket.on('drain', () => socket.resume())
    socket.on('error', () => {}) // 'close' follows
    socket.on('close', () => turns.leave(this))
  }

  /** Closes the connection unless something comes within the time. */
  expect(seconds, code, text) {
    this.relax()
    this.timer = setTimeout(() => this.#turns.hangUp(this, code, text), seconds * 1000)
  }

  relax() { clearTimeout(this.timer) }

  /** Whether it has work for a turn with the engine. */
  hasWork() {
    if (!this.parameters) this.#startUp()
    if (!this.greeted) return this.parameters !== null
    this.#next ??= this.#frames.next()
    return this.#next !== undefined
  }

  /** The next whole message, or undefined. */
  take() {
    const next = this.#next ?? this.#frames.next()
    this.#next = undefined
    if (this.socket.isPaused() && !this.#frames.full && !this.socket.writableNeedDrain) this.socket.resume()
    return next
  }

  send(bytes) {
    if (!this.socket.write(bytes)) this.socket.pause() // a client that does not read must not fill the memory
  }

  #startUp() {
    for (let packet; !this.parameters && (packet = this.#frames.next(true));) {
      const code = packet.readUInt32BE(4)
      if (code === SSL || code === GSSENC) this.send(Buffer.from('N'))
      // Nothing to cancel: while a statement runs, nothing else does.
      else if (code === CANCEL) return this.#turns.hangUp(this)
      else if (code >> 16 !== 3) throw new Fatal('0A000', `unsupported frontend protocol ${code >> 16}.${code & 0xffff}`)
      else {
        this.relax() // now it only waits in line
        this.parameters = startupParameters(packet)
        this.#negotiate(code, this.parameters)
      }
    }
  }

  /** Tells a client that asks for more than protocol 3.0 that there is no more. */
  #negotiate(version, parameters) {
    const extensions = [...parameters.keys()].filter((name) => name.startsWith('_pq_.'))
    if (version === PROTOCOL_3_0 && !extensions.length) return
    this.send(message('v', int32(PROTOCOL_3_0), int32(extensions.length), ...extensions.map(cstring)))
  }
}
