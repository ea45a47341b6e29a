from textwrap import dedent

from frmo.validators.unresolved import Import, imports


def test_unconditional_imports():
    source = dedent("""
        import os, a.b
        from c.d import e
        from . import f
        from ..g import h
        from .... import beyond
        try:
            import optional
        except ImportError:
            optional = None
        if TYPE_CHECKING:
            import typed
        def late():
            import inner
    """).encode()
    found = imports(source, "pkg/sub/mod.py")
    assert [item.module for item in found] == ["os", "a.b", "c.d", "pkg.sub", "pkg.g"]
    assert found[2] == Import("c.d", 3)


def test_what_can_not_be_parsed_has_none():
    assert imports(b"import (", "a.py") == []
    assert imports(b"\0", "a.py") == []
