"""Articles of laws in the reader's language: a number says that it is an article, words stand as they are."""

import pytest

from api.pages.words import article
from engine.manifest import Law, LawStatus


@pytest.mark.parametrize(
    ("articles", "indonesian", "english"),
    [
        ({"id": "22(7)"}, "Pasal 22(7)", "article 22(7)"),
        ({"id": "22(7), 22(8)"}, "Pasal 22(7), 22(8)", "articles 22(7), 22(8)"),
        ({"id": "75 sampai 77", "en": "75 to 77"}, "Pasal 75 sampai 77", "articles 75 to 77"),
        (
            {"id": "pasal belum diketahui", "en": "article not yet known"},
            "pasal belum diketahui",
            "article not yet known",
        ),
    ],
)
def test_an_article_is_told_in_the_readers_language(articles: dict[str, str], indonesian: str, english: str) -> None:
    law = Law("law", articles, LawStatus.UNCONFIRMED, {})

    assert (article(law, "id"), article(law, "en")) == (indonesian, english)
