"""Bytes that a fuzzer learns to choose: `python -m tests.hostile.guided 480`, where atheris is installed.

Law: runs for so many seconds. Each input is a member's file and goes through loader, model and report; a
member goes on through rules, verdict and its texts. Anything but an error of ours ends the run
and leaves the input in a file `crash-…`. atheris is no dependency: it is installed by who wants to run this.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]  # not among the project's own tools

with atheris.instrument_imports(include=["ztix", "yaml"]):
    from tests.hostile.rows import PULLS
    from tests.hostile.test_fuzz import BASE_ENTRIES, end, entry, offered
    from ztix.console.report import render_report
    from ztix.diagnostics import Report
    from ztix.document import read_document
    from ztix.errors import ZtixError
    from ztix.member import Member
    from ztix.shape import read_model

STATS = ("-print_final_stats=1", "-verbosity=0")
PATH = "members/AS64502.yaml"


def one(content: bytes) -> None:
    """One input."""
    file = entry(PATH, content)
    member = None
    try:
        document, findings = read_document(file)
        if document is not None:
            member, more = read_model(document, Member)
            findings = [*findings, *more]
        assert render_report(Report.of(findings), form="text")
    except ZtixError:
        return
    if member is not None:
        end(offered(BASE_ENTRIES, {**BASE_ENTRIES, PATH: file}, 64502, frozenset()), ())


def main(seconds: int) -> None:
    """Starts from the files of the corpus."""
    folder = Path(tempfile.mkdtemp(prefix="ztix-corpus-"))
    texts = {text for pull in PULLS for text in pull.does.values() if isinstance(text, str)}
    for number, text in enumerate(sorted(text for text in texts if len(text) < 4000)):
        (folder / str(number)).write_text(text)
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096", *STATS, str(folder)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(int(sys.argv[1]))
