"""What the documents say is there."""

import re

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FOREIGN = ("http://", "https://", "mailto:", "#")


def documents(root):
    found = [*root.glob("*.md"), *root.glob("docs/**/*.md")]
    assert found
    return found


def test_every_link_leads_to_a_file(root):
    dead = [
        f"{path.relative_to(root)}: {link}"
        for path in documents(root)
        for link in LINK.findall(path.read_text())
        if not link.startswith(FOREIGN) and not (path.parent / link.partition("#")[0]).exists()
    ]

    assert dead == []


def test_every_make_verb_that_is_told_exists(root):
    verbs = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), re.MULTILINE))

    told = {
        verb
        for path in documents(root)
        for verb in re.findall(r"(?:`|^    )make ([a-z]+)", path.read_text(), re.MULTILINE)
    }

    assert told >= {"demo", "test"}
    assert told - verbs == set()


def test_every_module_that_is_told_exists(root):
    told = {
        (path.name, name)
        for path in documents(root)
        for name in re.findall(
            r"`((?:api|cli|darkroom|pipelines|storage|workers|bench|tests)/[\w/]+\.py)`", path.read_text()
        )
    }

    assert told
    assert [(where, name) for where, name in sorted(told) if not (root / name).is_file()] == []


def test_every_test_that_the_architecture_leans_on_exists(root):
    told = set(re.findall(r"`(test_\w+)`", (root / "ARCHITECTURE.md").read_text()))

    written = {
        name
        for path in root.glob("tests/**/test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text())
    }

    assert told
    assert told - written == set()


def test_every_page_is_in_the_index(root):
    pages = {str(path.relative_to(root / "docs")) for path in root.glob("docs/*/*.md")}

    listed = set(LINK.findall((root / "docs/README.md").read_text()))

    assert pages - listed == set()


def test_the_readme_starts_on_one_screen(root):
    lines = (root / "README.md").read_text().splitlines()

    assert len(lines) <= 70
    assert any("make demo" in line for line in lines[:30])


def test_the_changelog_has_room_for_what_is_not_released(root):
    assert re.search(r"^## .*Unreleased", (root / "CHANGELOG.md").read_text(), re.MULTILINE | re.IGNORECASE)
