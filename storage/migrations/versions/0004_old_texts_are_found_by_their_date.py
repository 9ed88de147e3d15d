"""old texts are found by their date"""

from collections.abc import Sequence

from alembic import op


revision: str = '0004'
down_revision: str | None = '0003'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(op.f('ix_texts_created_at'), 'texts', ['created_at'], unique=False)


def downgrade() -> None:
    raise RuntimeError("migrations only go forward")
