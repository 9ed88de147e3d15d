"""The people and orders of the demonstration: invented, in several countries and currencies. Money in minor units."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple


class Who(NamedTuple):
    id: str
    name: str
    language: str
    street: str
    city: str
    region: str
    postal_code: str
    country: str

    def body(self) -> dict[str, Any]:
        """As the API takes it."""
        address = {"lines": [self.street], "city": self.city, "region": self.region,
                   "postal_code": self.postal_code, "country": self.country}  # fmt: skip
        return {"id": self.id, "name": self.name, "email": f"{self.id}@example.com",
                "language": self.language, "address": address}  # fmt: skip


class Sale(NamedTuple):
    """An order of one line. Days are counted back from now; delivered None: it has not arrived."""

    order_id: str
    site: str
    currency: str
    buyer: str
    seller: str
    product: str
    category: str
    quantity: int
    unit_price: int
    freight: int
    bought: int
    promised: int
    delivered: int | None

    def body(self, now: datetime) -> dict[str, Any]:
        """As the API takes it."""
        line = {"line_id": "1", "seller": PEOPLE[self.seller].body(), "product": self.product,
                "category": self.category, "quantity": self.quantity,
                "unit_price": self.unit_price, "freight": self.freight,
                "promised_at": _ago(now, self.promised), "delivered_at": _ago(now, self.delivered)}  # fmt: skip
        return {"site": self.site, "currency": self.currency, "purchased_at": _ago(now, self.bought),
                "buyer": PEOPLE[self.buyer].body(), "lines": [line]}  # fmt: skip


def _ago(now: datetime, days: int | None) -> str | None:
    return None if days is None else (now - timedelta(days=days)).astimezone(UTC).isoformat(timespec="seconds")


_PEOPLE = (
    # sellers
    Who("casa-jacaranda", "Casa Jacaranda", "es", "Av. Amsterdam 214", "Ciudad de México", "CDMX", "06100", "MX"),
    Who("sonora-audio", "Sonora Audio", "es", "Calle Morelos 88", "Monterrey", "Nuevo León", "64000", "MX"),
    Who("loja-ipe-amarelo", "Loja Ipê Amarelo", "pt", "Rua Augusta 1508", "São Paulo", "SP", "01304-001", "BR"),
    Who("pampa-cueros", "Pampa Cueros", "es", "Av. Corrientes 3247", "Buenos Aires", "CABA", "C1193AAE", "AR"),
    Who("andes-outdoor", "Andes Outdoor", "es", "Av. Providencia 1650", "Santiago", "RM", "7500498", "CL"),
    Who("harbor-and-pine", "Harbor & Pine", "en", "412 Alder Street", "Portland", "OR", "97205", "US"),
    # buyers
    Who("lucia-mendoza", "Lucía Mendoza Ríos", "es", "Calle Durango 45, int. 3", "Ciudad de México", "CDMX", "06700",
        "MX"),
    Who("diego-trevino", "Diego Treviño", "es", "Av. Chapultepec 510", "Guadalajara", "Jalisco", "44160", "MX"),
    Who("mariana-alves", "Mariana Alves", "pt", "Rua das Laranjeiras 371", "Rio de Janeiro", "RJ", "22240-004", "BR"),
    Who("rafael-nogueira", "Rafael Nogueira", "pt", "Av. Afonso Pena 1212", "Belo Horizonte", "MG", "30130-003", "BR"),
    Who("sofia-benitez", "Sofía Benítez", "es", "Bv. Oroño 980", "Rosario", "Santa Fe", "S2000DSX", "AR"),
    Who("tomas-araya", "Tomás Araya", "es", "Calle Esmeralda 1074", "Valparaíso", "Valparaíso", "2362800", "CL"),
    Who("grace-okafor", "Grace Okafor", "en", "77 Linden Avenue", "Chicago", "IL", "60614", "US"),
    Who("daniel-whitaker", "Daniel Whitaker", "en", "1830 Juniper Road", "Austin", "TX", "78704", "US"),
)  # fmt: skip
PEOPLE = {who.id: who for who in _PEOPLE}

_SALES = (
    # id, site, currency, buyer, seller, product, category, pieces, price, freight, bought, promised, delivered
    Sale("demo-1001", "MLM", "MXN", "lucia-mendoza", "casa-jacaranda", "Lámpara de pie de latón", "home",
         1, 189900, 14900, 9, 4, 2),
    Sale("demo-1002", "MLM", "MXN", "diego-trevino", "sonora-audio", "Audífonos inalámbricos", "audio",
         1, 249900, 0, 12, 7, 6),
    Sale("demo-1003", "MLB", "BRL", "mariana-alves", "loja-ipe-amarelo", "Jogo de panelas de cerâmica", "kitchen",
         1, 45990, 2990, 10, 3, 3),
    Sale("demo-1004", "MLA", "ARS", "sofia-benitez", "pampa-cueros", "Bolso de cuero", "fashion",
         1, 18500000, 650000, 14, 8, 7),
    Sale("demo-1005", "MLC", "CLP", "tomas-araya", "andes-outdoor", "Carpa para tres personas", "outdoor",
         1, 129990, 5990, 11, 5, 4),
    Sale("demo-1006", "US", "USD", "grace-okafor", "harbor-and-pine", "Walnut desk organizer", "office",
         2, 4850, 795, 8, 3, 3),
    Sale("demo-1007", "MLB", "BRL", "rafael-nogueira", "loja-ipe-amarelo", "Cafeteira italiana", "kitchen",
         1, 18990, 1990, 21, 3, None),
    Sale("demo-1008", "MLM", "MXN", "lucia-mendoza", "sonora-audio", "Bocina portátil", "audio",
         1, 129900, 9900, 15, 9, 8),
    Sale("demo-1009", "US", "USD", "daniel-whitaker", "harbor-and-pine", "Cast iron skillet, 12 inch", "kitchen",
         1, 6900, 1200, 10, 5, 5),
    Sale("demo-1010", "MLC", "CLP", "tomas-araya", "andes-outdoor", "Botella térmica de un litro", "outdoor",
         2, 24990, 2990, 9, 4, 4),
    Sale("demo-1011", "MLB", "BRL", "mariana-alves", "loja-ipe-amarelo", "Luminária de mesa", "home",
         1, 22990, 1990, 12, 6, 6),
    Sale("demo-1012", "MLA", "ARS", "sofia-benitez", "pampa-cueros", "Cinturón trenzado", "fashion",
         1, 4200000, 350000, 13, 7, 7),
    Sale("demo-1013", "MLM", "MXN", "diego-trevino", "casa-jacaranda", "Espejo redondo de 80 cm", "home",
         1, 229900, 19900, 16, 9, 9),
    Sale("demo-1014", "MLC", "CLP", "tomas-araya", "andes-outdoor", "Bastones de trekking", "outdoor",
         1, 39990, 3990, 14, 8, 8),
    Sale("demo-1015", "US", "USD", "grace-okafor", "harbor-and-pine", "Linen throw blanket", "home",
         1, 8900, 900, 12, 6, 6),
    Sale("demo-1016", "MLB", "BRL", "rafael-nogueira", "loja-ipe-amarelo", "Tênis de corrida", "sports",
         1, 39990, 0, 15, 9, 9),
    Sale("demo-1017", "MLM", "USD", "lucia-mendoza", "harbor-and-pine", "Reloj de pared de nogal", "home",
         1, 12500, 3500, 30, 12, 10),
    # no claim (yet)
    Sale("demo-1018", "US", "USD", "daniel-whitaker", "harbor-and-pine", "Enamel mugs, set of four", "kitchen",
         1, 3600, 700, 3, -4, None),
    Sale("demo-1019", "MLA", "ARS", "sofia-benitez", "pampa-cueros", "Billetera", "fashion",
         1, 3900000, 0, 6, 2, 1),
    Sale("demo-1020", "MLM", "MXN", "diego-trevino", "sonora-audio", "Tocadiscos con preamplificador", "audio",
         3, 459900, 29900, 5, 1, 1),
)  # fmt: skip
SALES = {sale.order_id: sale for sale in _SALES}
