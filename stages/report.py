"""report: everything that the iterations wrote -> summary.json, the tables that are plotted, pictures and the page."""

from __future__ import annotations

from pathlib import Path

import click

from lion import params
from lion.chat.prices import cost_usd
from lion.command import Command
from lion.report import album, bill, evidence, explorer, origin, page, summary
from lion.report.charts import PAPER


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--data", type=Path, required=True)
@click.option("--summary", "summary_path", type=Path, required=True)
@click.option("--learning", type=Path, required=True)
@click.option("--gaps", type=Path, required=True)
@click.option("--thresholds", type=Path, required=True)
@click.option("--categories", type=Path, required=True)
@click.option("--picture", "pictures", type=Path, multiple=True)
@click.option("--page", "page_path", type=Path, required=True)
def main(
    params_path: Path,
    data: Path,
    summary_path: Path,
    learning: Path,
    gaps: Path,
    thresholds: Path,
    categories: Path,
    pictures: tuple[Path, ...],
    page_path: Path,
) -> None:
    settings = params.read(params_path)
    threshold = settings.discriminate.threshold
    found = summary.summarise(data, settings.iterations)
    seen = evidence.gather(data, found)
    summary.write(found, summary_path)
    summary.write_learning(found, learning)
    for name, path in (("gaps", gaps), ("thresholds", thresholds), ("categories", categories)):
        evidence.write(seen, name, path)
    drawn = album.draw(found, seen, threshold, PAPER)
    for picture in pictures:
        album.write(drawn, picture)
    sample = explorer.draw(data, settings.iterations, settings.random_seed)
    made = origin.find(settings.profile, threshold, params_path, data, settings.iterations)
    page.write(found, seen, sample, made, _price(settings), page_path)


def _price(settings: params.Params) -> bill.Price:
    """Dollars by role, where the model that plays it has a price."""
    prices, mode = settings.runtime.prices, settings.runtime.mode

    def dollars(role: str, prompt: int, completion: int) -> float | None:
        price = prices.get(getattr(settings, role).model)
        return None if price is None else cost_usd(price, prompt, completion, mode)

    return dollars


if __name__ == "__main__":
    main()
