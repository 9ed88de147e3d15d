"""sessions end"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0010'
down_revision: str | None = '0009'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('ended_sessions',
        sa.Column('digest', sa.String(), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('digest'))
    op.create_index(op.f('ix_ended_sessions_until'), 'ended_sessions', ['until'], unique=False)


def downgrade() -> None:
    raise RuntimeError("migrations only go forward")
