// Finds the two kinds of statement that kill the engine, so that they are refused before it sees them:
// COPY … FROM STDIN, and a client encoding other than UTF8.

const SUSPECT = /stdin|client_encoding|\bnames\b/i // so that other statements cost one look

const COPY = {
  text: 'COPY FROM STDIN is not supported by the embedded engine',
  hint: 'Use INSERT … SELECT FROM jsonb_to_recordset, or a native TimescaleDB (DATABASE_URL).',
}
const ENCODING = {
  text: 'the embedded engine speaks UTF8 only',
  hint: 'Leave client_encoding at UTF8, or use a native TimescaleDB (DATABASE_URL).',
}

/** The end of the string, quoted name or comment that starts at `at`; `at` itself if none starts there. */
function skip(sql, at) {
  const to = (end, found) => (found < 0 ? sql.length : found + end.length)
  if (sql.startsWith('--', at)) return to('\n', sql.indexOf('\n', at))
  if (sql.startsWith('/*', at)) {
    let depth = 0 // PostgreSQL's comments nest
    for (let i = at; i < sql.length; i++) {
      if (sql.startsWith('/*', i)) depth++, i++
      else if (sql.startsWith('*/', i) && (i++, --depth === 0)) return i + 1
    }
    return sql.length
  }
  if (sql[at] === '$') {
    const tag = /^\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$/.exec(sql.slice(at, at + 66))?.[0]
    return tag ? to(tag, sql.indexOf(tag, at + tag.length)) : at
  }
  if (sql[at] !== "'" && sql[at] !== '"') return at
  const escapes = sql[at] === "'" && /(?:^|[^\w$\x80-\xff])e$/i.test(sql.slice(Math.max(0, at - 2), at))
  let i = at + 1
  while (i < sql.length && sql[i] !== sql[at]) i += escapes && sql[i] === '\\' ? 2 : 1
  return i + 1 // a doubled quote is simply the next string
}

/** The statements of `sql` as lists of tokens: lower-case words, strings as written, and single characters. */
function* statements(sql) {
  let tokens = []
  for (let at = 0; at < sql.length;) {
    const end = skip(sql, at)
    if (end > at) {
      if (sql[at] === "'" || sql[at] === '"') tokens.push(sql.slice(at, end))
      at = end
      continue
    }
    const word = /^[A-Za-z_\x80-\xff][\w$\x80-\xff]*/.exec(sql.slice(at, at + 64))?.[0]
    if (sql[at] === ';') yield tokens.splice(0)
    else if (word || /\S/.test(sql[at])) tokens.push((word ?? sql[at]).toLowerCase())
    at += word?.length ?? 1
  }
  yield tokens
}

function readsStdin(tokens) {
  let depth = 0
  return tokens.some((token, i) => {
    depth += (token === '(') - (token === ')')
    return depth === 0 && token === 'from' && tokens[i + 1] === 'stdin'
  })
}

function changesEncoding(tokens) {
  const name = tokens.findIndex((t) => ['client_encoding', '"client_encoding"', 'names'].includes(t))
  const value = tokens.at(-1).toLowerCase().replace(/[^a-z0-9]/g, '')
  return name > 0 && name < 3 && !['utf8', 'unicode', 'default', 'names'].includes(value)
}

/** The reason why the engine must not see this SQL, as {text, hint}; undefined if it may. Bytes beyond ASCII may have any encoding. */
export function refusal(sql) {
  if (!SUSPECT.test(sql)) return undefined
  for (const tokens of statements(sql)) {
    if (tokens[0] === 'copy' && readsStdin(tokens)) return COPY
    if (tokens[0] === 'set' && changesEncoding(tokens)) return ENCODING
  }
}
