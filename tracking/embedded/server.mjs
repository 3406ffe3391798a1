// Serves the embedded TimescaleDB on a Unix socket, DATA/run/.s.PGSQL.5432, by PostgreSQL's wire protocol.
// A message goes through client.mjs (bytes), turns.mjs (order), session.mjs (role and settings), engine.mjs (the database).
// The other two: wire.mjs (the protocol's parts), refusal.mjs (statements that would kill the engine).
//
// node server.mjs DATA [--tcp PORT] [--idle-seconds N]
import { mkdirSync, rmSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Engine, initdb } from './engine.mjs'
import { Sessions } from './session.mjs'
import { Turns } from './turns.mjs'

const SOCKET = '.s.PGSQL.5432'
const CHECKPOINT_SECONDS = 5
const CHECKPOINT_BYTES = 32 << 20

const { values: flags, positionals: [folder] } = parseArgs({
  allowPositionals: true,
  options: {
    tcp: { type: 'string' },
    'idle-seconds': { type: 'string', default: '60' },
    initdb: { type: 'boolean', default: false }, // only create DATA, as database files (see engine.mjs)
  },
})

/** Ends the process on any error: one line of JSON, which never holds SQL, and exit status 1. */
function crash(error) {
  writeSync(2, `${JSON.stringify({ error: `${error.name}: ${error.message}`.split('\n')[0] })}\n`)
  process.exit(1)
}
process.on('uncaughtException', crash)

async function serve(data) {
  const run = join(data, 'run')
  mkdirSync(run, { recursive: true, mode: 0o700 })
  const engine = await Engine.open(data)
  const sessions = new Sessions(engine)
  const turns = new Turns(engine, sessions, { idleSeconds: Number(flags['idle-seconds']), crash })

  process.chdir(run) // a socket's path has at most 107 bytes; its bare name always fits
  rmSync(SOCKET, { force: true })
  const places = [{ path: SOCKET }, ...(flags.tcp ? [{ host: '127.0.0.1', port: Number(flags.tcp) }] : [])]
  const servers = places.map((place) => createServer((socket) => turns.accept(socket)).on('error', crash).listen(place))
  await Promise.all(servers.map((server) => new Promise((listening) => server.on('listening', listening))))

  // There are no background workers that do it, and the write-ahead log would grow for ever.
  setInterval(() => turns.between(() => sessions.checkpoint(CHECKPOINT_BYTES)), CHECKPOINT_SECONDS * 1000)

  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    for (const server of servers) server.close()
    turns.close()
    engine.close()
    setImmediate(() => process.exit(0)) // the last messages are on their way
  }
  process.on('SIGTERM', stop).on('SIGINT', stop)
  process.stdin.on('end', stop).on('error', stop).resume() // the parent is gone
  writeSync(1, `${JSON.stringify({ ready: true, ...engine.versions() })}\n`)
}

if (flags.initdb) await initdb(folder)
else await serve(resolve(folder))
if (flags.initdb) process.exit(0)
