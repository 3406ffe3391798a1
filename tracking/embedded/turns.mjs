// Shares the engine's one session among the connections, transaction by transaction: a connection owns the engine from
// its first message until ReadyForQuery says idle; the others wait in line.
import { Client } from './client.mjs'
import { refusal } from './refusal.mjs'
import { Fatal, bind, execute, fatal, literal, parse, query, replies } from './wire.mjs'

const IDLE = 'I'.charCodeAt(0)
const SQL_MESSAGES = 'QP'
const MESSAGES = 'QPBDECSF'
// Flush: the engine does so after every message. CopyData, CopyDone, CopyFail: the rest of a failed COPY; PostgreSQL
// ignores it, too.
const IGNORED = 'Hdcf'

export class Turns {
  #engine
  #sessions
  #idleSeconds
  #crash
  #clients = new Set()
  #waiting = [] // clients with work, first come, first served
  #owner = null // the client whose turn it is
  #errand = null // the server's own work for the next moment without an owner

  /** `crash` is called with the error that lost the engine, and does not return. */
  constructor(engine, sessions, { idleSeconds, crash }) {
    this.#engine = engine
    this.#sessions = sessions
    this.#idleSeconds = idleSeconds
    this.#crash = crash
  }

  accept(socket) { this.#clients.add(new Client(socket, this)) }

  /** Takes note that `client` has sent something. */
  wake(client) {
    if (!this.#clients.has(client)) return
    if (this.#owner === client) this.#work(client)
    else if (this.#queue(client)) this.#turn()
  }

  /** Runs `errand` between two turns. */
  between(errand) {
    this.#errand = errand
    if (!this.#owner) this.#release()
  }

  hangUp(client, code, text) {
    if (code) client.socket.write(fatal(code, text))
    client.socket.destroySoon()
    this.leave(client)
  }

  /** Forgets a client that went away, and undoes what it left unfinished. */
  leave(client) {
    if (!this.#clients.delete(client)) return
    client.relax()
    this.#waiting = this.#waiting.filter((other) => other !== client)
    if (this.#owner === client && client.open) this.#guard(client, () => this.#engine.rollback())
    this.#sessions.leave(client)
    if (this.#owner === client) this.#release()
  }

  /** Closes all connections. */
  close() {
    for (const client of this.#clients) this.hangUp(client, '57P01', 'terminating connection due to administrator command')
  }

  #queue(client) {
    const ready = this.#guard(client, () => client.hasWork())
    if (ready && !this.#waiting.includes(client)) this.#waiting.push(client)
    return ready
  }

  #turn() {
    if (this.#owner || !this.#waiting.length) return
    this.#owner = this.#waiting.shift()
    this.#work(this.#owner)
  }

  /** Does the owner's work. The turn stays open as long as a transaction, or a batch without its Sync. */
  #work(client) {
    client.relax()
    this.#guard(client, () => {
      if (!client.greeted) this.#greet(client)
      for (let bytes; this.#owner === client && (bytes = client.take());) {
        this.#serve(client, bytes)
        if (!client.open) break
      }
      if (this.#owner !== client) return
      if (!client.open) return this.#pass(client)
      client.expect(this.#idleSeconds, '25P03', 'terminating connection due to idle-in-transaction timeout')
    })
  }

  #greet(client) {
    client.send(this.#sessions.login(client))
    client.greeted = true
  }

  #serve(client, bytes) {
    const type = String.fromCharCode(bytes[0])
    if (type === 'X') return this.hangUp(client)
    if (IGNORED.includes(type)) return
    if (!MESSAGES.includes(type)) throw new Fatal('08P01', `invalid frontend message type ${bytes[0]}`)
    this.#sessions.enter(client)
    client.open = true
    if (SQL_MESSAGES.includes(type)) {
      const start = type === 'Q' ? 5 : bytes.indexOf(0, 5) + 1
      const sql = bytes.latin1Slice(start, bytes.indexOf(0, start))
      const reason = refusal(sql)
      if (reason) return this.#refuse(client, type, reason)
      // SET LOCAL ends with the transaction; set_config has no tag of its own.
      client.local = /\bset\s+(?:local|transaction)\b/i.test(sql)
      client.changed ||= /\bset_config\b/i.test(sql)
    }
    const answer = this.#engine.run(bytes)
    if (type === 'P' || type === 'C') this.#sessions.prepared(client, bytes, answer)
    this.#reply(client, answer)
  }

  #reply(client, bytes) {
    for (const [type, start, end] of replies(bytes)) {
      if (type === 'Z') client.open = bytes[start] !== IDLE
      else if (type === 'C' && !client.local) client.changed ||= /^(?:SET|RESET|DISCARD ALL)\0/.test(bytes.latin1Slice(start, end))
    }
    if (bytes.length) client.send(bytes)
  }

  /** Lets the engine itself raise the error, so that an open transaction fails and a batch is skipped up to its Sync. */
  #refuse(client, type, { text, hint }) {
    const raise = `DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = ${literal(text)}, HINT = ${literal(hint)}; END$$`
    if (type === 'Q') return this.#reply(client, this.#engine.run(query(raise)))
    const bytes = Buffer.concat([parse(raise), bind, execute('')].map((step) => this.#engine.run(step)))
    for (const [kind, start, end] of replies(bytes)) if (kind === 'E') client.send(bytes.subarray(start - 5, end))
  }

  /** Ends the owner's turn; for its next one it goes to the end of the line. */
  #pass(client) {
    if (client.changed) this.#sessions.remember(client)
    client.changed = false
    this.#release()
    this.#queue(client)
  }

  #release() {
    this.#owner = null
    this.#errand?.()
    this.#errand = null
    setImmediate(() => this.#turn()) // not at once: the other sockets must be read, too
  }

  /** Runs a step for `client`: its own errors end its connection, anything else means that the engine is lost. */
  #guard(client, step) {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof Fatal)) return this.#crash(error)
      this.hangUp(client, error.code, error.message)
    }
  }
}
