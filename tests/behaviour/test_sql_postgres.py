"""sql.query of PostgreSQL: against a real server where one is installed, and against a program that plays one."""
import shutil
import textwrap
import unittest
from pathlib import Path

from labcase import LabCase

ROOT = Path(__file__).resolve().parents[2]

# The database of the tests, made by the learner's program.
SCHEMA = """\
    CREATE TABLE items (id bigint, name text, price numeric(8, 2), weight double precision, sold boolean, note text, raw bytea, at timestamptz, tags jsonb);
    INSERT INTO items VALUES (1, 'tea', 2.50, 0.25, true, NULL, '\\x00ff', '2026-01-02 03:04:05+01', '{"a": 1}'), (2, 'käse', 7, 1e300, false, 'gone', '\\x', 'epoch', '{}');
    CREATE TABLE many AS SELECT generate_series(1, 20000) AS n;
    CREATE FUNCTION meddle() RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO items VALUES (3); RETURN 1; END $$;
    CREATE FUNCTION chatter() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'look at me'; RETURN 1; END $$;
    """

BEGIN = 'local db = service("postgres")\n'
ASKS = {
    "values": """\
        local rows = sql.query(db, "SELECT * FROM items ORDER BY id")
        expect(#rows):equals(2)
        local tea = rows[1]
        expect({tea.id, math.type(tea.id), tea.name, tea.price, tea.weight, tea.sold}):equals{1, "integer", "tea", 2.5, 0.25, true}
        expect({tea.note == json.null, tea.raw, tea.at, tea.tags}):equals{true, "\\0\\xff", "2026-01-02 02:04:05+00", '{"a": 1}'}
        expect({rows[2].name, rows[2].price, rows[2].weight, rows[2].raw}):equals{"käse", 7, 1e300, ""}
        local sums = sql.query(db, "SELECT sum(id) AS whole, avg(id) AS part, sum(id) * 10.0^30 AS large, 'NaN'::float8 AS none, 7::oid AS oid FROM items")[1]
        expect({math.type(sums.whole), sums.whole, sums.part, sums.large, sums.oid}):equals{"integer", 3, 1.5, 3e30, 7}
        expect(sums.none ~= sums.none):equals(true)
        expect(json.encode(sql.query(db, "SELECT id FROM items WHERE false"))):equals("[]")""",
    "url": """\
        local url = db.env.DATABASE_URL
        expect(sql.query(url, "SELECT 1 AS one")[1].one):equals(1)
        expect(sql.query(url:gsub("127.0.0.1", "localhost"), "SELECT current_setting('transaction_read_only') AS ro")[1].ro):equals("on")""",
    "parameters": """\
        expect(sql.query(db, "SELECT id FROM items WHERE name = ? AND price < ?", "tea", 2.75)[1].id):equals(1)
        expect(sql.query(db, "SELECT id FROM items WHERE name = $2 AND sold = $1", true, "tea")[1].id):equals(1)
        expect(sql.query(db, "SELECT '?' AS \\"?\\", E'\\\\'?' AS e, $$?$$ AS d, /* ? /* ? */ */ ?::int AS n -- ?", 5)):equals{{["?"] = "?", e = "'?", d = "?", n = 5}}
        expect(sql.query(db, "SELECT count(*) AS n FROM items WHERE tags ? 'a'")[1].n):equals(1)
        expect(sql.query(db, "SELECT count(*) AS n FROM items WHERE tags ? $1", "a")[1].n):equals(1)
        expect(sql.query(db, "SELECT ?::text IS NULL AS n, ?::float8 AS x", json.null, 0.1)):equals{{n = true, x = 0.1}}""",
    "silent": 'expect(sql.query(db, "SELECT chatter() AS n")[1].n):equals(1)',
    # The learner's fault: what the database lacks, or does.
    "no-table": 'sql.query(db, "SELECT *\\nFROM orders")',
    "no-column": 'sql.query(db, "SELECT nam FROM items")',
    "cast": 'sql.query(db, "SELECT name::int AS n FROM items")',
    "meddles": 'sql.query(db, "SELECT meddle() AS n")',
    "slow": 'sql.query(db, "SELECT pg_sleep(60) AS n")',
    "rows": 'sql.query(db, "SELECT n FROM many")',
    "bytes": """sql.query(db, "SELECT repeat('x', 9000000) AS n")""",
    "flood": """sql.query(db, "SELECT repeat('x', 60000000) AS n")""",
    "password": 'sql.query(db.env.DATABASE_URL:gsub("lab:lab@", "lab:no@"), "SELECT 1 AS n")',
    "database": 'sql.query(db.env.DATABASE_URL .. "s", "SELECT 1 AS n")',
    "theirs": 'sql.query(db, file("report.sql"))',
    "theirs-writes": 'sql.query(db, file("write.sql"))',
    "theirs-fine": 'expect(sql.query(db, file("fine.sql"), "tea")[1].id):equals(1)',
    # The author's mistake.
    "syntax": 'sql.query(db, "SELEC 1")',
    "writes": 'sql.query(db, "INSERT INTO items VALUES (9) RETURNING id")',
    "unlocks": 'sql.query(db, "SET TRANSACTION READ WRITE")',
    "drops": 'sql.query(db, "DROP TABLE items")',
    "two": 'sql.query(db, "SELECT 1 AS a; DROP TABLE items")',
    "alike": 'sql.query(db, "SELECT 1 AS a, 2 AS a")',
    "fewer": 'sql.query(db, "SELECT ?::int AS a, ?::int AS b", 1)',
    "value": 'sql.query(db, "SELECT ?::int AS a", "seven")',
    "elsewhere": 'sql.query("postgresql://lab:lab@example.com/lab", "SELECT 1 AS a")',
    "settings": 'sql.query("postgresql://lab:lab@127.0.0.1/lab?options=-cdefault_transaction_read_only%3Doff", "SELECT 1 AS a")',
    "hostless": 'sql.query("postgresql:///lab", "SELECT 1 AS a")',
    # Nobody is there.
    "away": 'sql.query("postgresql://lab:lab@127.0.0.1:" .. math.tointeger(port()) .. "/lab", "SELECT 1 AS a")',
}
PASS = {"values", "url", "parameters", "silent", "theirs-fine"}
BROKEN = {"syntax", "writes", "unlocks", "drops", "two", "alike", "fewer", "value", "elsewhere", "settings", "hostless"}

SAYS = {
    "no-table": 'postgres: relation "orders" does not exist (line 2, column 6 of the query)',
    "no-column": 'postgres: column "nam" does not exist; Perhaps you meant to reference the column "items.name". (line 1, column 8 of the query)',
    "cast": 'postgres: invalid input syntax for type integer: "tea"',
    "meddles": "cannot execute INSERT in a read-only transaction",
    "slow": "postgres: takes longer than 3 s to query",
    "rows": "postgres: answers with more than 10 000 rows",
    "bytes": "postgres: answers with more than 8 MiB",
    "password": 'password authentication failed for user "lab"',
    "database": 'database "labs" does not exist',
    "theirs": 'report.sql: syntax error at or near "items" (line 3, column 14)',
    "theirs-writes": "write.sql: cannot execute INSERT in a read-only transaction",
    "syntax": "SELEC 1\": syntax error at or near \"SELEC\" (line 1, column 1)",
    "writes": "cannot execute INSERT in a read-only transaction",
    "unlocks": "only SELECT is allowed",
    "drops": "only SELECT is allowed",
    "two": "cannot insert multiple commands into a prepared statement",
    "alike": "two columns are called 'a'; name one with AS",
    "fewer": "it has 2 parameters, and 1 values were given",
    "value": 'invalid input syntax for type integer: "seven"',
    "elsewhere": "example.com is not on this machine's loopback",
    "settings": "'options' cannot be set",
    "hostless": "it names no host",
    "away": "does not answer: nobody listens on port",
}

FILES = {
    "schema.sql": SCHEMA,
    "report.sql": "-- käse\nSELECT name,\n    'ü' FORM items\n",
    "write.sql": "INSERT INTO items VALUES (10) RETURNING id",
    "fine.sql": "SELECT id FROM items WHERE name = ?",
}


class Real(LabCase):
    def setUp(self):
        super().setUp()
        if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or not shutil.which("psql", path="/usr/local/bin:/usr/bin:/bin"):
            print(f"{self.id()}: skipped: PostgreSQL is not installed")
            self.skipTest("PostgreSQL is not installed")
        shutil.copytree(ROOT / "exercises/shared", self.course / "exercises/shared", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "exercises/environments", self.course / "exercises/environments")
        shutil.copy(ROOT / "docker-compose.yml", self.course)

    def test_queries(self):
        checks = {"made": BEGIN + 't:run{"psql", db.env.DATABASE_URL, "--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", "--file", "schema.sql"}:ok()\n'
                                  "expect(1):equals(1)"}
        checks |= {name: BEGIN + textwrap.dedent(body) for name, body in ASKS.items()}
        self.exercise("asks", checks, FILES, extra="requires: {services: [postgres]}\n",
                      check_extra={name: "    needs: [made]\n" for name in ASKS})
        (self.started_without_services("asks") / "fine.sql").write_text(FILES["fine.sql"] + "\n")
        results = self.results("asks", PGOPTIONS="-c statement_timeout=1", PGUSER="nobody", PGSERVICE="none", timeout=300)
        verdicts = {name: (result["verdict"], result["message"]) for name, result in results.items()}
        expected = {name: "pass" if name in PASS else "broken" if name in BROKEN else "blocked" if name == "away" else "fail" for name in ASKS}
        self.assertEqual({name: verdict for name, (verdict, _) in verdicts.items()}, {"made": "pass", **expected}, verdicts)
        for name, text in SAYS.items():
            self.assertIn(text, verdicts[name][1], name)
        where = results["theirs"]["evidence"][0]["where"]
        self.assertEqual((where["file"], where["line"]), ("report.sql", 3))

    def started_without_services(self, name):
        self.ok("start", name, "--no-services")
        return self.work / name


# Speaks just enough of the protocol: https://www.postgresql.org/docs/15/protocol-message-formats.html
SERVER = """\
import socket, struct, sys, time

def message(kind, body=b""):
    return kind + struct.pack(">i", len(body) + 4) + body

def take(reader, size):
    data = reader.read(size)
    if len(data) < size:
        raise EOFError
    return data

def columns(*names):
    return message(b"T", struct.pack(">h", len(names)) + b"".join(name.encode() + b"\\0" + struct.pack(">ihihih", 0, 0, 25, -1, -1, 0) for name in names))

def row(value):
    return message(b"D", struct.pack(">hi", 1, len(value)) + value)

def serve(reader, writer, how):
    size, = struct.unpack(">i", take(reader, 4))
    take(reader, size - 4)
    if how == "mute":
        time.sleep(1000)
    if how == "http":
        writer.sendall(b"HTTP/1.1 400 Bad Request\\r\\n\\r\\n")
        return
    if how == "babble":
        while True:
            writer.sendall(message(b"N", b"SLOG\\0C00000\\0Mhello\\0\\0") * 1000)
    if how == "busy":
        writer.sendall(message(b"E", b"SFATAL\\0VFATAL\\0C53300\\0Msorry, too many clients already\\0\\0"))
        return
    writer.sendall(message(b"R", struct.pack(">i", 0)) + message(b"Z", b"I"))
    asked = b""
    while True:
        kind = take(reader, 1)
        size, = struct.unpack(">i", take(reader, 4))
        body = take(reader, size - 4)
        if kind == b"Q":
            writer.sendall(message(b"C", b"BEGIN\\0") + message(b"Z", b"T"))
        elif kind == b"P":
            asked = body.split(b"\\0")[1]
            writer.sendall(message(b"1"))
        elif kind == b"D" and body[:1] == b"S":
            wanted = asked.count(b"$")
            writer.sendall(message(b"t", struct.pack(">h", wanted) + struct.pack(">i", 25) * wanted) + columns("asked"))
        elif kind == b"B":
            writer.sendall(message(b"2"))
        elif kind == b"D":
            writer.sendall(columns("asked"))
        elif kind == b"E":
            if how == "stall":
                time.sleep(1000)
            if how == "hang-up":
                return
            if how == "giant":
                writer.sendall(b"D" + struct.pack(">ihi", 1 << 30, 1, (1 << 30) - 10))
                while True:
                    writer.sendall(b"x" * 65536)
            while how == "endless":
                writer.sendall(row(b"again") * 1000)
            writer.sendall(row(asked) + message(b"C", b"SELECT 1\\0"))
        elif kind == b"S":
            writer.sendall(message(b"Z", b"T"))
        elif kind == b"X":
            return

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    peer, _ = listener.accept()
    try:
        serve(peer.makefile("rb"), peer, sys.argv[2])
    except (OSError, EOFError):
        pass
    peer.close()
"""

PLAY = """\
local server = t:service{{"python", "server.py", port(), "{how}", ready = {{tcp = true}}}}
local function ask(...) return sql.query("postgresql://x:y@127.0.0.1:" .. math.tointeger(server.port) .. "/z", ...) end
"""


class Played(LabCase):
    """What a learner's own program can answer; the process that asks lives through it within its limits."""

    def ask(self, how, body='ask("SELECT 1 AS n")'):
        return PLAY.format(how=how) + body

    def test_servers(self):
        checks = {how: self.ask(how) for how in ("mute", "http", "babble", "busy", "stall", "hang-up", "giant", "endless")}
        checks["echo"] = self.ask("echo", textwrap.dedent("""\
            expect(ask("SELECT ? AS a, '?', ?", 1, "b")[1].asked):equals("SELECT $1 AS a, '?', $2")
            expect(ask("SELECT $1 AS a, ?", 1)[1].asked):equals("SELECT $1 AS a, ?")
            expect(ask("SELECT a ? b")[1].asked):equals("SELECT a ? b")"""))
        self.exercise("plays", checks, {"server.py": SERVER})
        (self.started("plays") / "server.py").write_text(SERVER + "\n")
        verdicts = self.verdicts("plays", timeout=300)
        self.assertEqual({name: verdict for name, (verdict, _) in verdicts.items()}, {
            "mute": "blocked", "http": "blocked", "babble": "blocked", "busy": "blocked", "stall": "fail", "hang-up": "blocked", "giant": "fail",
            "endless": "fail", "echo": "pass"}, verdicts)
        for name, text in (("mute", "no answer within 5 s"), ("busy", "too many clients already"), ("stall", "takes longer than 3 s"),
                           ("giant", "answers with more than 32 MiB"), ("endless", "answers with more than 10 000 rows"),
                           ("babble", "expected authentication request")):
            self.assertIn(text, verdicts[name][1], name)


if __name__ == "__main__":
    unittest.main()
