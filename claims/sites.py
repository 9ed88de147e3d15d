"""The sites of a marketplace: whose clock a sentence names. A site that is not known here reads UTC."""

ZONES = {  # IANA names
    "MLA": "America/Argentina/Buenos_Aires",
    "MLB": "America/Sao_Paulo",
    "MLC": "America/Santiago",
    "MLM": "America/Mexico_City",
    "MLU": "America/Montevideo",
    "MCO": "America/Bogota",
    "MEC": "America/Guayaquil",
    "MPE": "America/Lima",
}


def zone(site: str) -> str:
    """The name of the site's time zone."""
    return ZONES.get(site, "UTC")
