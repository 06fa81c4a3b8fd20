"""Market packs: what they say, and that a wrong one stops the start."""

from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient

from backend.markets.service import FOLDER, list_markets, load_markets


def test_the_markets_are_listed(backend: TestClient, actions: TestClient) -> None:
    assert backend.get("/markets").json() == ["id", "it", "rs"]
    assert actions.get("/markets").json() == ["id", "it", "rs"]


def test_an_unknown_market_is_not_found(backend: TestClient) -> None:
    assert backend.get("/markets/xx").json() == {"error": "not_found", "detail": {}}


def test_a_pack_says_what_its_guide_says(backend: TestClient) -> None:
    indonesia = backend.get("/markets/id").json()
    assert (indonesia["currency"], indonesia["timezone"]) == ("IDR", "Asia/Jakarta")
    assert indonesia["code"] == {"at_login": True, "length": 6, "life_seconds": 120}
    assert indonesia["care"]["phones"] == ["15000-37"]
    assert indonesia["care"]["email"] == "cs@generali.co.id"
    assert indonesia["care"]["hours"] == [
        {"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "08:00", "closes": "17:00"}
    ]
    serbia = backend.get("/markets/rs").json()
    assert serbia["care"]["phones"] == ["011 222 0 555", "0800 222 555"]
    numbers = {(entry["service"], entry["number"]) for entry in serbia["emergency"]}
    assert numbers == {("ambulance", "194"), ("police", "192"), ("fire", "193"), ("general", "112")}
    italy = backend.get("/markets/it").json()
    assert italy["files"] == {
        "max_bytes": 10 * 1024 * 1024,
        "media_types": ["image/jpeg", "image/png", "application/pdf"],
    }


@pytest.mark.parametrize("market", list_markets())
def test_the_main_job_is_offered_in_every_market(backend: TestClient, market: str) -> None:
    pack = backend.get(f"/markets/{market}").json()
    for journey in ("login", "policies", "benefits", "providers", "claim", "requests"):
        assert pack["journeys"][journey] == "offered"
    assert pack["claim"]["questions"]
    assert len(pack["languages"]) == 3
    assert "ours" not in pack


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"emergencies": []}, "emergencies"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"journeys": {"claim": "offered"}}, "journeys lack"),
        ({"ours": ["care.fax"]}, "care.fax"),
        ({"market": "zz"}, "market is zz"),
    ],
)
def test_a_wrong_pack_is_refused_by_name(tmp_path: Path, change: dict[str, object], reason: str) -> None:
    content = yaml.safe_load((FOLDER / "id.yml").read_text(encoding="utf-8"))
    (tmp_path / "id.yml").write_text(yaml.safe_dump(content | change), encoding="utf-8")
    with pytest.raises(ValueError, match=r"id\.yml(.|\n)*" + reason):
        load_markets(tmp_path)
