"""sellers have a standing"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op


revision: str = '0008'
down_revision: str | None = '0007'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for name in ('dispatch_by', 'dispatched_at', 'cancelled_at'):
        op.add_column('order_lines', sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column('order_lines', sa.Column('cancelled_by', sa.String(), server_default='', nullable=False))
    op.add_column('order_lines', sa.Column('fulfilled_by', sa.String(), server_default='seller', nullable=False))
    op.add_column('claims', sa.Column('exclusion', sa.String(), server_default='', nullable=False))
    op.add_column('claims', sa.Column('exclusion_due_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('exclusions_asked', 'claims', ['exclusion', 'exclusion_due_at'], unique=False)
    op.add_column('reputation_entries', sa.Column('mediated', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('reputation_entries', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('reputation_entries', sa.Column('told_standing', sa.JSON(), nullable=True))
    op.add_column('reputation_entries', sa.Column('refused', sa.BigInteger(), nullable=True))
    op.drop_index(op.f('ix_reputation_entries_seller_id'), table_name='reputation_entries')
    op.create_index('reputation_of_seller', 'reputation_entries', ['seller_id', 'at'], unique=False)
    op.create_index(op.f('ix_reputation_entries_order_id'), 'reputation_entries', ['order_id'], unique=False)
    op.create_index('reputation_untold', 'reputation_entries', ['at'], unique=False,
        sqlite_where=sa.text('told_at IS NULL'), postgresql_where=sa.text('told_at IS NULL'))
    op.create_table('sales',
    sa.Column('order_id', sa.String(), nullable=False),
    sa.Column('seller_id', sa.String(), nullable=False),
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('bought_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('day', sa.BigInteger(), nullable=False),
    sa.Column('claims', sa.BigInteger(), nullable=False),
    sa.Column('mediations', sa.BigInteger(), nullable=False),
    sa.Column('cancelled', sa.Boolean(), nullable=False),
    sa.Column('late_after', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('order_id', 'seller_id')
    )
    op.create_index('sales_counted', 'sales', ['seller_id', 'site', 'bought_at', 'day', 'claims', 'mediations',
        'cancelled', 'late_after'], unique=False)
    op.create_index('sales_claimed', 'sales', ['seller_id', 'site', 'bought_at'], unique=False,
        sqlite_where=sa.text('claims > 0'), postgresql_where=sa.text('claims > 0'))
    op.create_table('standings',
    sa.Column('seller_id', sa.String(), nullable=False),
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('day', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('real', sa.String(), nullable=False),
    *(sa.Column(name, sa.BigInteger(), nullable=False)
        for name in ('sales', 'claims', 'mediations', 'cancellations', 'delays', 'window_days')),
    sa.Column('terms', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('seller_id', 'site', 'day')
    )
    op.create_table('protections',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('seller_id', sa.String(), nullable=False),
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('protections_of', 'protections', ['seller_id', 'site', 'id'], unique=False)
    _mark_the_mediated()
    _take_over()


def _mark_the_mediated() -> None:
    """Entries of the ledger whose claim had come before a mediator by then."""
    run = op.get_bind().execute
    entries = sa.table('reputation_entries', *(sa.column(n) for n in ('claim_id', 'version', 'mediated')))
    events = sa.table('claim_events', sa.column('claim_id'), sa.column('sequence'), sa.column('event', sa.JSON))
    e = events.c
    before = sa.select(e.sequence).where(e.claim_id == entries.c.claim_id, e.sequence <= entries.c.version,
        e.event['stage'].as_string() == 'mediation')
    run(entries.update().where(before.exists()).values(mediated=sa.true()))


def _take_over() -> None:
    """Every order of a seller is a sale; what counts on it says the ledger's last entry of each claim."""
    when = sa.DateTime(timezone=True)
    orders = sa.table('orders', sa.column('id'), sa.column('site'), sa.column('purchased_at', when))
    lines = sa.table('order_lines', sa.column('order_id'), sa.column('seller_id'))
    columns = ('order_id', 'seller_id', 'site', 'day', 'claims', 'mediations', 'cancelled')
    sales = sa.table('sales', *(sa.column(n) for n in columns), sa.column('bought_at', when))
    run = op.get_bind().execute
    counted = _counted(run)
    sold = run(sa.select(lines.c.order_id, lines.c.seller_id, orders.c.site, orders.c.purchased_at)
        .join_from(lines, orders, orders.c.id == lines.c.order_id).distinct())
    for part in sold.partitions(1000):
        rows = []
        for order_id, seller_id, site, bought in part:
            bought_at = bought.replace(tzinfo=UTC) if bought.tzinfo is None else bought.astimezone(UTC)
            claims, mediations = counted.get((order_id, seller_id), (0, 0))
            day = (bought_at - datetime(1970, 1, 1, tzinfo=UTC) - timedelta(microseconds=1)) // timedelta(days=1)
            rows.append({'order_id': order_id, 'seller_id': seller_id, 'site': site, 'day': day, 'claims': claims,
                'mediations': mediations, 'cancelled': False, 'bought_at': bought})
        run(sales.insert(), rows)


def _counted(run: Callable[..., sa.CursorResult[Any]]) -> dict[tuple[str, str], tuple[int, int]]:
    entries = sa.table('reputation_entries', *(sa.column(n) for n in
        ('claim_id', 'version', 'order_id', 'seller_id', 'impact', 'mediated')))
    last = {row.claim_id: row for row in run(sa.select(entries).order_by(entries.c.version))}
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for row in last.values():
        if row.impact == 'affected':
            claims, mediations = found.get((row.order_id, row.seller_id), (0, 0))
            found[row.order_id, row.seller_id] = (claims + 1, mediations + bool(row.mediated))
    return found


def downgrade() -> None:
    raise RuntimeError("migrations only go forward")
