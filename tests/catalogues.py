"""`python -m tests.catalogues`: what is not translated yet, as entries to be filled in."""

from api.pages.texts import catalogue
from tests.test_texts import OTHERS, missing
from tests.texts import used


def main() -> None:
    texts = used()
    for language in OTHERS:
        for text, where in missing(texts, catalogue(language)).items():
            print(f"{language}: {text!r}  ({where[0]})")


if __name__ == "__main__":
    main()
