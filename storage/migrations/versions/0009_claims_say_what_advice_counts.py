"""claims say what advice counts"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op


revision: str = '0009'
down_revision: str | None = '0008'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column('claims', sa.Column('currency', sa.String(), server_default='', nullable=False))
    for name in ('claimed', 'refunded'):
        op.add_column('claims', sa.Column(name, sa.BigInteger(), server_default='0', nullable=False))
    for name in ('protect_until', 'answered_at', 'closed_at'):
        op.add_column('claims', sa.Column(name, _WHEN, nullable=True))
    op.create_index('claims_counted', 'claims', ['seller_id', 'opened_at', 'reason', 'impact', 'stage', 'site',
        'order_id', 'line_id', 'currency', 'claimed', 'refunded', 'protect_until', 'answered_at', 'closed_at'],
        unique=False)
    op.create_index('lines_of_product', 'order_lines', ['seller_id', 'product'], unique=False)
    _take_over()


def _take_over() -> None:
    """What the claims' states, timelines and messages say."""
    instants = ('protect_until', 'answered_at', 'closed_at')
    claims = sa.table('claims', *(sa.column(n) for n in ('id', 'currency', 'claimed', 'refunded')),
        sa.column('state', sa.JSON), *(sa.column(n, _WHEN) for n in instants))
    run = op.get_bind().execute
    ids = [row.id for row in run(sa.select(claims.c.id).order_by(claims.c.id))]
    names = ('currency', 'claimed', 'refunded', *instants)
    change = claims.update().where(claims.c.id == sa.bindparam('of')).values({n: sa.bindparam(n) for n in names})
    for part in (ids[i:i + 500] for i in range(0, len(ids), 500)):
        answers = _answers(part)
        found = run(sa.select(claims.c.id, claims.c.state).where(claims.c.id.in_(part))).all()
        run(change, [_told(row.state) | {'of': row.id, 'answered_at': answers.get(row.id)} for row in found])


def _told(state: dict[str, Any]) -> dict[str, Any]:
    paid = sum(r['amount'] for r in state['refunds'] if r['status'] == 'succeeded')
    return {
        'currency': state['line']['currency'],
        'claimed': state['product_amount'] + state['freight_amount'],
        'refunded': paid,
        'protect_until': _stored(datetime.fromisoformat(state['protect_until'])),
        'closed_at': _stored(datetime.fromisoformat(state['closed_at'])) if state['closed_at'] else None,
    }


def _answers(ids: list[str]) -> dict[str, datetime]:
    """When the seller first took a step, or wrote to the buyer."""
    events = sa.table('claim_events', sa.column('claim_id'), sa.column('at', _WHEN), sa.column('event', sa.JSON))
    messages = sa.table('messages', sa.column('created_at', _WHEN),
        *(sa.column(n) for n in ('claim_id', 'kind', 'sender', 'receiver', 'moderation')))
    steps = sa.select(events.c.claim_id, sa.func.min(events.c.at, type_=_WHEN)).where(
        events.c.claim_id.in_(ids), events.c.event['by'].as_string() == 'seller').group_by(events.c.claim_id)
    m = messages.c
    wrote = sa.select(m.claim_id, sa.func.min(m.created_at, type_=_WHEN)).where(
        m.claim_id.in_(ids), m.kind == 'text', m.sender == 'seller', m.receiver == 'buyer', m.moderation == 'clean',
    ).group_by(m.claim_id)
    run = op.get_bind().execute
    return _first((*run(steps), *run(wrote)))


def _first(rows: Iterable[Any]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for claim_id, at in rows:
        found[claim_id] = min(at, found.get(claim_id, at))
    return found


def _stored(instant: datetime) -> datetime:
    """As the table keeps it: SQLite without a zone, in UTC."""
    utc = instant.astimezone(UTC)
    return utc.replace(tzinfo=None) if op.get_bind().dialect.name == 'sqlite' else utc


def downgrade() -> None:
    raise RuntimeError("migrations only go forward")
