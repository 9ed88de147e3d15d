"""lists are searched and counted"""

import unicodedata
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0011'
down_revision: str | None = '0010'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('order_lines', sa.Column('folded', sa.String(), server_default='', nullable=False))
    for who in ('buyer', 'seller'):
        op.create_index(f'claims_of_{who}', 'claims', [f'{who}_id', 'waiting_on', 'stage'], unique=False)
        op.drop_index(f'ix_claims_{who}_id', 'claims')
    op.create_index('claims_of_mediators', 'claims', ['mediated', 'waiting_on', 'stage'], unique=False)
    _fold()


def _fold() -> None:
    """What the products are called, without case and accents."""
    lines = sa.table('order_lines', *(sa.column(n) for n in ('seller_id', 'product', 'folded')))
    run = op.get_bind().execute
    sold = run(sa.select(lines.c.seller_id, lines.c.product).distinct()).all()  # as the index on lines has them
    which = lines.c.seller_id == sa.bindparam('by'), lines.c.product == sa.bindparam('of')
    change = lines.update().where(*which).values(folded=sa.bindparam('as_searched'))
    for part in (sold[i:i + 500] for i in range(0, len(sold), 500)):
        run(change, [{'by': s.seller_id, 'of': s.product, 'as_searched': _folded(s.product)} for s in part])


def _folded(text: str) -> str:
    apart = unicodedata.normalize('NFKD', text.casefold())
    return ''.join(c for c in apart if not unicodedata.combining(c))


def downgrade() -> None:
    raise RuntimeError("migrations only go forward")
