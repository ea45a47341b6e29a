import sqlite3
from dataclasses import replace

import pytest

from frmo.errors import InputError
from frmo.validators import sql_result, sql_static
from tests.support.subjects import LIMITS, subject

pytestmark = pytest.mark.sandbox

SCRIPT = """
    CREATE TABLE shop (id INTEGER PRIMARY KEY, name TEXT, city TEXT, sales REAL);
    INSERT INTO shop VALUES (1, 'a', 'X', 10.5), (2, 'b', 'Y', 20), (3, 'c', 'X', 30), (4, 'd', 'Z', 5), (5, 'e', 'Y', 1);
    CREATE TABLE city (name TEXT, land TEXT);
    INSERT INTO city VALUES ('X', 'P'), ('Y', 'P'), ('Z', 'Q');
"""
BASE = {"db/shop.sql": SCRIPT}


def result(tmp_path, query, gold=None, base=None, **given):
    files = {**BASE, **(base or {}), **({"gold.sql": gold} if gold else {})}
    part = {
        "file": "answer.sql",
        "database": "db/shop.sql",
        **given,
        **({"reference": "gold.sql"} if gold else {}),
    }
    made = subject(tmp_path, {"answer.sql": query}, files, {"checks": {"sql_result": {"queries": [part]}}})
    return sql_result.check(replace(made, limits=replace(LIMITS, seconds=3)))


def codes(*args, **given):
    return [item.code for item in result(*args, **given).findings]


GOLD = "SELECT name FROM shop WHERE city = 'X'"


@pytest.mark.parametrize(
    ("query", "reference"),
    [
        (GOLD, GOLD),
        ("select name as n from shop s where s.city in ('X');", GOLD),
        ("SELECT name FROM shop WHERE city = 'X' ORDER BY name DESC -- any order", GOLD),
        ("SELECT sum(sales) FROM (SELECT sales FROM shop ORDER BY id DESC)", "SELECT sum(sales) FROM shop"),
        ("SELECT name FROM shop ORDER BY sales DESC", "SELECT name FROM shop ORDER BY -sales"),
        ("SELECT x'00ff', NULL, 1.0", "SELECT x'00ff', NULL, 1.0"),
    ],
)
def test_the_same_answer(tmp_path, query, reference):
    assert codes(tmp_path, query, reference) == []


@pytest.mark.parametrize(
    ("query", "reference", "code"),
    [
        ("SELECT name FROM shop WHERE city = 'Y'", GOLD, "rows"),
        ("SELECT name, city FROM shop WHERE city = 'X'", GOLD, "rows"),
        ("SELECT name FROM shop", GOLD, "rows"),
        ("SELECT name FROM shop ORDER BY sales", "SELECT name FROM shop ORDER BY sales DESC", "rows"),
        ("SELECT DISTINCT land FROM city", "SELECT land FROM city", "rows"),
        ("SELECT nothing FROM shop", GOLD, "sql"),
        ("SELEC name FROM shop", GOLD, "sql"),
        ("SELECT 1; SELECT 2", GOLD, "sql"),
        ("ATTACH 'x.db' AS x", GOLD, "sql"),
        ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n", GOLD, "timeout"),
    ],
)
def test_another_answer(tmp_path, query, reference, code):
    assert codes(tmp_path, query, reference) == [code]


def test_agreeing_by_chance_is_found_on_a_variant(tmp_path):
    (found,) = result(tmp_path, "SELECT name FROM shop WHERE id IN (1, 3)", GOLD).findings
    assert "on variant" in found.message
    assert codes(tmp_path / "2", "SELECT name FROM shop WHERE id IN (1, 3)", GOLD, variants=0) == []


def test_where_a_limit_cuts_a_variant_only_advises(tmp_path):
    found = result(
        tmp_path, "SELECT name FROM shop WHERE id = 3 LIMIT 1", "SELECT name FROM shop ORDER BY sales DESC LIMIT 1"
    ).findings
    assert all(not item.decides for item in found)


def test_rows_in_the_task_and_a_database_file(tmp_path):
    place = tmp_path / "shop.sqlite"
    base = sqlite3.connect(place)
    base.executescript(SCRIPT)
    base.close()
    files = {"db/shop.sqlite": place.read_bytes()}
    given = {"database": "db/shop.sqlite", "rows": [["a"], ["c"]]}
    assert codes(tmp_path / "1", GOLD, base=files, **given) == []
    assert codes(tmp_path / "2", GOLD, base=files, **{**given, "rows": [["c"], ["a"]], "ordered": True}) == ["rows"]


def test_a_script_is_judged_by_what_it_leaves(tmp_path):
    gold = "UPDATE shop SET sales = sales * 2 WHERE city = 'X'"
    given = {"probes": ["SELECT * FROM shop", "SELECT count(*) FROM city"]}
    good = (
        "CREATE TEMP TABLE t AS SELECT id FROM shop WHERE city = 'X'; UPDATE shop SET sales = 2 * sales WHERE id IN t;"
    )
    assert codes(tmp_path / "1", good, gold, **given) == []
    assert codes(tmp_path / "2", "UPDATE shop SET sales = sales * 2", gold, **given) == ["rows"]
    assert codes(tmp_path / "3", "DELETE FROM city; " + gold, gold, **given) == ["rows"]


def test_a_reference_that_does_not_run_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"queries\[0\]\.reference: does not run on the reference database"):
        result(tmp_path, GOLD, "SELECT nothing FROM nowhere")


def test_the_reference_comes_from_the_base(tmp_path):
    with pytest.raises(InputError, match=r"no file 'gold\.sql' in the base commit"):
        result(tmp_path, GOLD, reference="gold.sql")


def form(tmp_path, text):
    return [(item.line, item.message) for item in sql_static.check_syntax(subject(tmp_path, {"a.sql": text})).findings]


def test_form(tmp_path):
    assert form(tmp_path / "1", "-- a note\nSELECT ';' FROM t;\n\nCREATE TABLE t (a);\nINSERT INTO t VALUES (1);") == []
    assert form(tmp_path / "2", "SELECT 1;\n\nSELEC 2;\n") == [(3, 'near "SELEC": syntax error')]
    assert form(tmp_path / "3", "SELECT (1") == [(1, "incomplete input")]
    assert form(tmp_path / "4", "") == []


def test_names_that_are_not_in_the_database(tmp_path):
    def found(text):
        made = subject(tmp_path, {"a.sql": text}, BASE, {"checks": {"sql_static": {"database": "db/shop.sql"}}})
        return [item.message for item in sql_static.check(made).findings]

    assert found("SELECT name FROM shop; DELETE FROM city; CREATE TABLE n (a); SELECT a FROM n") == []
    assert found("SELECT nam FROM shop") == ["no such column: nam"]
    assert found("SELECT 1 FROM shops") == ["no such table: shops"]


def test_nothing_given_is_nothing_to_check(tmp_path):
    made = subject(tmp_path, {"a.sql": "SELECT 1"})
    assert sql_static.check(made).checks == sql_result.check(made).checks == 0
