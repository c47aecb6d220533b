"""SQL statements of the SQLite key store."""

NUMBER = "number"
"""The kind under which keys of numbers without a record are counted."""
TABLES = (
    "CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, wrapped BLOB, kid TEXT, until INTEGER)",
    "CREATE INDEX IF NOT EXISTS dead ON keys (id) WHERE wrapped IS NULL",
    "CREATE TABLE IF NOT EXISTS ties (identity TEXT, key TEXT, PRIMARY KEY (identity, key)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS tied ON ties (key)",
    "CREATE TABLE IF NOT EXISTS terms (key TEXT PRIMARY KEY, kind TEXT, until INTEGER) WITHOUT ROWID",
)
LATER = {"kid": "TEXT", "until": "INTEGER"}
"""Columns that files of earlier releases lack."""
UNHELD = "CREATE INDEX IF NOT EXISTS unheld ON keys (until) WHERE until IS NOT NULL"
KEEP = (
    "INSERT OR IGNORE INTO keys (id, wrapped, kid, until) VALUES (?, ?, ?, ?)",
    "INSERT OR IGNORE INTO ties (identity, key) VALUES (?, ?)",
    "INSERT OR IGNORE INTO terms (key, kind, until) VALUES (?, ?, ?)",
)
STRANDED = "SELECT key FROM keys INDEXED BY dead CROSS JOIN ties ON identity = id WHERE wrapped IS NULL"
FREE = "FROM terms WHERE NOT EXISTS (SELECT 1 FROM ties WHERE ties.key = terms.key)"
OVER = "SELECT id, 'number', until FROM keys WHERE until <= ?1"
ENDED = f"SELECT key, kind, until {FREE} AND until <= ?1 UNION ALL {OVER}"
NUMBERS = "SELECT 'number', count(*), max(until) FROM keys WHERE until IS NOT NULL GROUP BY 1"
COUNTED = f"SELECT kind, count(*), max(until) {FREE} GROUP BY kind UNION ALL {NUMBERS} ORDER BY kind"
EXTEND = "UPDATE keys SET until = ?1 WHERE id = ?2 AND until < ?1"
BEGIN = "UPDATE keys SET until = ?1 WHERE id = ?2 AND until IS NULL AND wrapped IS NOT NULL"
HOLD = "UPDATE keys SET until = NULL WHERE id = ? AND until IS NOT NULL"
OUTDATED = "SELECT id, wrapped, kid FROM keys WHERE id > ? AND wrapped IS NOT NULL AND kid IS NOT ? ORDER BY id LIMIT ?"
WRAPPED_BY = (
    "SELECT ifnull(kid, ''), count(*) FROM keys WHERE wrapped IS NOT NULL GROUP BY 1"
    " UNION ALL SELECT NULL, count(*) FROM keys WHERE wrapped IS NULL"
)
