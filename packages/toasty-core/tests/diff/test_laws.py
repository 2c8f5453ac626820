"""The laws that every diff keeps, over random schemas."""

from __future__ import annotations

from attrs import evolve
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from toasty_core.diff import Answers, Rename, RenameKind, detect_changes, open_questions, optimize
from toasty_core.diff.chains import in_order
from toasty_core.operations import DropTable, RenameColumn, RenameTable, fold, invert
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    Generated,
    IndexDef,
    SchemaSnapshot,
    TableDef,
    expr,
)
from toasty_core.testing.strategies import schema_pairs, schemas

laws = settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def by_name(schema: SchemaSnapshot) -> SchemaSnapshot:
    """The schema with its columns sorted: their order means nothing."""
    return schema.map_tables(
        lambda table: evolve(table, columns=sorted(table.columns, key=lambda c: c.name))
    )


def assert_leads(old: SchemaSnapshot, new: SchemaSnapshot, answers: Answers) -> None:
    """Up leads to the new schema and down back to the old one."""
    diff = detect_changes(old, new, answers)
    assert by_name(diff.after) == by_name(new)
    assert by_name(fold(invert(diff, old), diff.after)) == by_name(old)


@laws
@given(schema_pairs())
def test_a_diff_leads_from_the_old_schema_to_the_new_one_and_back(pair):
    old, new = pair
    assert_leads(old, new, Answers())


@laws
@given(schema_pairs())
def test_after_a_diff_there_is_nothing_to_do(pair):
    old, new = pair
    after = detect_changes(old, new).after
    assert not detect_changes(after, new)
    assert open_questions(after, new) == ()


@laws
@given(schema_pairs())
def test_the_same_schemas_give_the_same_operations_in_whatever_order_they_list_tables(pair):
    old, new = pair
    turned_old, turned_new = (
        SchemaSnapshot(dict(reversed(s.tables.items())), dict(reversed(s.sequences.items())))
        for s in pair
    )
    assert detect_changes(turned_old, turned_new).operations == detect_changes(old, new).operations


@laws
@given(schemas())
def test_a_schema_is_made_from_nothing_and_taken_away_again(schema):
    assert_leads(SchemaSnapshot(), schema, Answers())
    assert_leads(schema, SchemaSnapshot(), Answers())


def without_hints(schema: SchemaSnapshot) -> SchemaSnapshot:
    """The schema of models that say nothing about renames."""

    def plain(table: TableDef) -> TableDef:
        columns = [evolve(column, renamed_from=None) for column in table.columns]
        return evolve(table, columns=columns, renamed_from=None)

    return schema.map_tables(plain)


@st.composite
def answered_pairs(draw):
    """A pair, and renames that make any old table and column any new one: chains and circles, too."""
    old, new = draw(schema_pairs())
    new = without_hints(new)
    tables = _matched(draw, list(old.tables), list(new.tables))
    renames = [Rename(a, b, RenameKind.TABLE) for a, b in tables.items()]
    sources = {b: a for a, b in tables.items()}
    for key in new.tables:
        was = sources.get(key, key if key in old.tables and key not in tables else None)
        if was is not None:
            columns = _matched(draw, old.table(was).column_names, new.table(key).column_names)
            renames += [
                Rename(f"{key}.{a}", f"{key}.{b}", RenameKind.COLUMN) for a, b in columns.items()
            ]
    return old, new, Answers(renames)


def _matched(draw, olds, news):
    count = draw(st.integers(0, min(len(olds), len(news), 3)))
    chosen = draw(st.permutations(list(olds)))[:count]
    pairs = dict(zip(chosen, draw(st.permutations(list(news)))[:count], strict=True))
    return {a: b for a, b in pairs.items() if a != b}


@laws
@given(answered_pairs())
def test_answered_renames_lead_there_and_back_whatever_they_are(case):
    old, new, answers = case
    assert_leads(old, new, answers)


@laws
@given(answered_pairs())
def test_a_name_is_free_before_it_is_taken(case):
    old, new, answers = case
    assume(are_different(relation_names(old)) and are_different(relation_names(new)))
    state = old
    for operation in detect_changes(old, new, answers):
        state = operation.apply(state)
        assert are_different(relation_names(state)), operation.describe()


def relation_names(schema):
    """The names that SQLite and PostgreSQL want to stand once in a schema."""
    for table in schema.tables.values():
        key = [table.primary_key] if table.primary_key else []
        for part in (*key, *table.indexes, *table.uniques):
            if part.name:
                yield part.name.casefold()


def are_different(names):
    names = list(names)
    return len(set(names)) == len(names)


@laws
@given(answered_pairs())
def test_at_no_time_a_foreign_key_points_at_what_is_no_key(case):
    old, new, answers = case
    state = old
    for operation in detect_changes(old, new, answers):
        state = operation.apply(state)
        assert foreign_keys_without_a_key(state) == [], operation.describe()


def foreign_keys_without_a_key(schema):
    return [
        foreign
        for table in schema.tables.values()
        for foreign in table.foreign_keys
        if not stands(schema, foreign)
    ]


def stands(schema, foreign):
    target = schema.tables.get(foreign.table)
    if target is None:
        return False
    keys = [set(target.key_columns), *(set(unique.columns) for unique in target.uniques)]
    keys += [set(index.column_names) for index in target.indexes if index.unique]
    return set(foreign.references or target.key_columns) in keys


@laws
@given(answered_pairs())
def test_a_renamed_table_is_never_dropped(case):
    old, new, answers = case
    for_tables = [r for r in answers.renames if r.kind is RenameKind.TABLE]
    operations = detect_changes(old, new, Answers(for_tables)).operations
    name = {key: key for key in old.tables}
    dropped = set()
    for operation in operations:
        if isinstance(operation, RenameTable):
            [start] = [key for key, now in name.items() if now == operation.old]
            name[start] = operation.new
        elif isinstance(operation, DropTable):
            dropped |= {key for key, now in name.items() if now == operation.table}
            name = {key: now for key, now in name.items() if now != operation.table}
    assert dropped.isdisjoint(rename.old for rename in for_tables)


@laws
@given(st.lists(schemas(), min_size=2, max_size=4) | schema_pairs())
def test_a_shortened_history_leads_to_the_same_schema(history):
    first, *rest = history
    operations, state = [], first
    for schema in rest:
        operations += detect_changes(state, schema)
        state = schema
    shorter = optimize(operations, first)
    assert len(shorter) <= len(operations)
    assert by_name(fold(shorter, first)) == by_name(fold(operations, first))
    assert optimize(shorter, first) == shorter


@laws
@given(schemas(), schemas())
def test_a_shortened_history_takes_no_name_before_it_is_free(first, second):
    operations = [*detect_changes(SchemaSnapshot(), first), *detect_changes(first, second)]
    state = SchemaSnapshot()
    for operation in optimize(operations):
        state = operation.apply(state)
        assert are_different(relation_names(state)), operation.describe()
        assert foreign_keys_without_a_key(state) == [], operation.describe()


def naming_columns(schema: SchemaSnapshot, words: SchemaSnapshot) -> SchemaSnapshot:
    """The schema whose tables have expressions over all of their columns, and the old names of these as strings."""

    def with_texts(table: TableDef, strings: TableDef) -> TableDef:
        quoted = ['"' + name.replace('"', '""') + '"' for name in table.column_names]
        texts = ["'" + name.replace("'", "''") + "'" for name in strings.column_names]
        text = " || ".join((*quoted, *texts))
        computed = ColumnDef("computed", "Text", generated=Generated(text))
        index = IndexDef(f"of_{strings.key}", [expr(text)], where=f"{text} > ''")
        return evolve(
            table,
            columns=[*table.columns, computed],
            checks=[*table.checks, CheckDef(f"{text} <> ''")],
            indexes=[*table.indexes, index],
        )

    pairs = zip(schema.tables.values(), words.tables.values(), strict=True)
    return SchemaSnapshot.of(
        *(with_texts(*pair) for pair in pairs), sequences=schema.sequences.values()
    )


@st.composite
def renamed_schemas(draw):
    """A schema whose expressions name columns, the same with other names for some, and the renames."""
    plain = without_hints(draw(schemas()))
    renames, operations = [], []
    for key, table in plain.tables.items():
        count = draw(st.integers(0, min(3, len(table.columns))))
        olds = draw(st.permutations(table.column_names))[:count]
        news = draw(st.permutations([*olds, *(f"{name} new" for name in olds)]))[:count]
        columns = {a: b for a, b in zip(olds, news, strict=True) if a != b}
        renames += [
            Rename(f"{key}.{a}", f"{key}.{b}", RenameKind.COLUMN) for a, b in columns.items()
        ]
        steps = in_order(columns, lambda name: f"{name} meanwhile")
        operations += [RenameColumn(key, a, b) for a, b in steps]
    new = fold(operations, plain)
    return naming_columns(plain, plain), naming_columns(new, plain), Answers(renames)


@laws
@given(renamed_schemas())
def test_expressions_follow_the_renames_of_columns(case):
    old, new, answers = case
    assert_leads(old, new, answers)

    assert all(isinstance(operation, RenameColumn) for operation in detect_changes(*case))
