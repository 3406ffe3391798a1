// Makes the engine's one session look to each connection like a session of its own: with its role and its settings, and
// without anything that another connection left behind.
import { Fatal, cstring, errorIn, firstValue, identifier, int32, literal, message, query, ready, sync } from './wire.mjs'

const NOBODY = `SET SESSION AUTHORIZATION postgres; RESET ROLE; RESET ALL; CLOSE ALL; DEALLOCATE ALL; UNLISTEN *;
DISCARD TEMP; DISCARD SEQUENCES; SELECT pg_advisory_unlock_all();`

// The defaults of a native server; in this build RESET ALL falls back to GMT and to pg_catalog alone.
const DEFAULTS = [['search_path', '"$user", public'], ['timezone', 'UTC']]

const NOT_SETTINGS = new Set(['user', 'database', 'client_encoding', 'replication'])
const REPORTED = ['server_version', 'server_encoding', 'client_encoding', 'application_name', 'is_superuser',
  'session_authorization', 'DateStyle', 'IntervalStyle', 'TimeZone', 'integer_datetimes', 'standard_conforming_strings',
  'default_transaction_read_only', 'in_hot_standby']

const assign = (settings) =>
  settings.length ? `SELECT ${settings.map(([name, value]) => `set_config(${literal(name)}, ${literal(value)}, false)`)};` : ''

export class Sessions {
  #engine
  #current = null // the client whose session the engine holds
  #connections = 0

  constructor(engine) { this.#engine = engine }

  /** Gives the engine's session the role and settings of `client`. */
  enter(client) {
    if (this.#current === client) return
    this.#current = null
    const error = errorIn(this.#engine.run(client.prelude))
    if (error) throw new Fatal('28000', error.text) // the role is gone, or one of its settings is
    for (const [name, parse] of client.statements)
      if (errorIn(Buffer.concat([parse, sync].map((step) => this.#engine.run(step))))) client.statements.delete(name)
    this.#current = client
  }

  /** Notes the named statements that a client prepares by protocol (drivers do so by themselves), to prepare them again. */
  prepared(client, bytes, reply) {
    const closes = bytes[0] === 0x43 // 'C', Close: a kind byte stands before the name
    const from = closes ? 6 : 5
    const name = bytes.latin1Slice(from, bytes.indexOf(0, from))
    if (closes && bytes[5] === 0x53) client.statements.delete(name) // 'S', a statement
    else if (!closes && name && !errorIn(reply)) client.statements.set(name, bytes)
  }

  /** The value of one query of the server's own, as superuser. */
  admin(sql) {
    this.#current = null
    this.#engine.sql(NOBODY)
    return this.#engine.sql(sql)
  }

  /** Writes the data files, and so frees the write-ahead log, if more than `bytes` of it are waiting. */
  checkpoint(bytes) {
    const due = this.admin(`SELECT pg_current_wal_insert_lsn() - redo_lsn > ${bytes} FROM pg_control_checkpoint()`) === 't'
    if (due) this.admin('CHECKPOINT')
  }

  leave(client) {
    if (this.#current === client) this.#current = null
  }

  /**
   * Checks the start-up parameters and answers them as PostgreSQL does. It believes the role: only the owner of the
   * database files may enter the socket's folder.
   */
  login(client) {
    const parameters = client.parameters
    const role = parameters.get('user')
    const database = parameters.get('database') || role
    const encoding = parameters.get('client_encoding') ?? 'UTF8'
    if (!role) throw new Fatal('28000', 'no PostgreSQL user name specified in startup packet')
    if (database !== 'postgres') throw new Fatal('3D000', `database "${database}" does not exist`)
    if (!/^(utf-?8|unicode|auto|sql_ascii)$/i.test(encoding)) throw new Fatal('0A000', 'the embedded engine speaks UTF8 only')
    const found = this.admin(`SELECT json_build_object('login', rolcanlogin, 'settings', (
      SELECT json_agg(c ORDER BY setrole) FROM pg_db_role_setting, unnest(setconfig) c
       WHERE setrole IN (0, r.oid) AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = 'postgres'))))
      FROM pg_roles r WHERE rolname = ${literal(role)}`)
    if (!found) throw new Fatal('28000', `role "${role}" does not exist`)
    const { login, settings } = JSON.parse(found)
    if (!login) throw new Fatal('28000', `role "${role}" is not permitted to log in`)

    client.role = role
    const own = (settings ?? []).map((setting) => /^([^=]+)=([^]*)$/.exec(setting).slice(1))
    client.base = [...DEFAULTS, ...own].filter(([name]) => !NOT_SETTINGS.has(name))
    this.#prepare(client, client.base)
    this.enter(client)
    const asked = [...parameters].filter(([name]) => !NOT_SETTINGS.has(name) && !name.startsWith('_pq_.'))
    if (asked.length) {
      const error = errorIn(this.#engine.run(query(assign(asked)))) // as the role, so that its rights are checked
      if (error) throw new Fatal(error.code, error.text)
      client.base.push(...asked)
      this.#prepare(client, client.base)
    }
    return this.#welcome()
  }

  /** Keeps the client's settings for its next turn. */
  remember(client) {
    const kept = JSON.parse(this.#engine.sql(`SELECT pg_catalog.json_build_object('role', pg_catalog.current_setting('role'),
      'settings', (SELECT pg_catalog.json_object_agg(name, setting) FROM pg_catalog.pg_settings
        WHERE source = 'session' AND name NOT IN ('client_encoding', 'transaction_isolation', 'transaction_read_only', 'transaction_deferrable')))`))
    this.#prepare(client, [...client.base, ...Object.entries(kept.settings ?? {})], kept.role)
    this.#current = null // so that after RESET ALL its next turn starts from its own defaults
  }

  #prepare(client, settings, setRole = 'none') {
    const after = setRole === 'none' ? '' : `SET ROLE ${identifier(setRole)};`
    client.prelude = query(`${NOBODY} ${assign(settings)} SET SESSION AUTHORIZATION ${identifier(client.role)}; ${after}`)
  }

  #welcome() {
    const names = REPORTED.map(literal)
    const values = JSON.parse(this.#engine.sql(`SELECT json_agg(current_setting(n)) FROM unnest(ARRAY[${names}]) n`))
    const status = REPORTED.map((name, i) => message('S', cstring(name), cstring(values[i])))
    const key = message('K', int32(++this.#connections), crypto.getRandomValues(Buffer.alloc(4)))
    return Buffer.concat([message('R', int32(0)), ...status, key, ready])
  }
}
