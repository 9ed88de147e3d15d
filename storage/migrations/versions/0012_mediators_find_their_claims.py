"""mediators find their claims"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0012'
down_revision: str | None = '0011'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OPEN = sa.text("mediated AND stage <> 'closed'")
_RULED = sa.text("closed_at IS NOT NULL AND code IN ('coverage_decision', 'no_coverage')")


def upgrade() -> None:
    op.create_index('claims_at_mediators', 'claims', ['stage', 'waiting_on', 'priority'], unique=False,
        sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index('claims_ruled', 'claims', ['reason', 'site', 'closed_at', 'id', 'claimed'], unique=False,
        sqlite_where=_RULED, postgresql_where=_RULED)


def downgrade() -> None:
    raise RuntimeError("migrations only go forward")
