"""Quality of the embedded engines, on sentences that were written before their output was seen."""

import pytest

from activities.translation.apertium import MODES, PACKAGE, installed
from activities.translation.embedded import Embedded
from bench.translation_eval import FLOORS, chrf, read, translated
from tests.extras import needs


@pytest.mark.long
@pytest.mark.parametrize("way", FLOORS, ids=">".join)
async def test_quality_does_not_fall_below_its_floor(way: tuple[str, str]) -> None:
    if "es" in way:
        needs(PACKAGE, installed(MODES / "pt-es.mode"))
    translator = Embedded(60.0)
    rows = read("claims.tsv")
    assert len(rows) >= 60
    assert chrf(await translated(translator, rows, way)) >= FLOORS[way]
    await translator.close()


@pytest.mark.long
async def test_spelling_out_hasty_writing_pays() -> None:
    translator = Embedded(60.0)
    lines = await translated(translator, read("sloppy.tsv"), ("pt", "en"))
    await translator.close()
    assert chrf(lines) >= 58, "46 without"
