"""people can be erased"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0003'
down_revision: str | None = '0002'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('texts', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('labels', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))
    op.create_table('erasures',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('rows', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_erasures_person'), 'erasures', ['person'], unique=False)


def downgrade() -> None:
    raise RuntimeError("migrations only go forward")
