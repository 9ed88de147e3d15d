"""a claim has a thread"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0005'
down_revision: str | None = '0004'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('texts', sa.Column('folded', sa.Text(), server_default='', nullable=False))
    op.add_column('texts', sa.Column('guidance', sa.JSON(), nullable=True))
    op.add_column('texts', sa.Column('language', sa.String(), server_default='', nullable=False))
    op.add_column('texts', sa.Column('language_by', sa.String(), server_default='', nullable=False))
    op.create_table('threads',
    sa.Column('claim_id', sa.String(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('claim_id')
    )
    op.create_table('feed',
    sa.Column('claim_id', sa.String(), nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('ref', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('claim_id', 'position')
    )
    op.create_table('messages',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('claim_id', sa.String(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('command_id', sa.String(), nullable=False),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('text_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('sender', sa.String(), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('receiver', sa.String(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('moderation', sa.String(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('helped', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('command_id'),
    sa.UniqueConstraint('text_id')
    )
    op.create_index('messages_of_claim', 'messages', ['claim_id', 'position'], unique=True)
    op.create_index(op.f('ix_messages_person'), 'messages', ['person'], unique=False)
    op.create_table('translations',
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('fresh', sa.Boolean(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('folded', sa.Text(), nullable=False),
    sa.Column('engine', sa.String(), nullable=False),
    sa.Column('route', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('wanted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], ),
    sa.PrimaryKeyConstraint('message_id', 'language')
    )
    op.create_index(op.f('ix_translations_digest'), 'translations', ['digest'], unique=False)
    op.create_index('translations_wanted', 'translations', ['state', 'wanted_at'], unique=False)
    op.create_table('reads',
    sa.Column('claim_id', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('claim_id', 'role', 'position')
    )
    op.create_table('profiles',
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('originals', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('role', 'person')
    )
    _take_over()


def _take_over() -> None:
    """Claims from before get a feed: their steps at even positions, the notes of these at the odd ones after."""
    claims = sa.table('claims', sa.column('id', sa.String), sa.column('version', sa.BigInteger))
    events = sa.table('claim_events', sa.column('claim_id', sa.String), sa.column('sequence', sa.BigInteger),
        sa.column('command_id', sa.String), sa.column('recorded_at', sa.DateTime(timezone=True)), sa.column('event', sa.JSON))
    texts = sa.table('texts', sa.column('id', sa.String), sa.column('person', sa.String), sa.column('role', sa.String),
        sa.column('created_at', sa.DateTime(timezone=True)))
    threads = sa.table('threads', sa.column('claim_id'), sa.column('position'))
    feed = sa.table('feed', *(sa.column(name) for name in ('claim_id', 'position', 'kind', 'ref', 'at')))
    columns = ('id', 'claim_id', 'position', 'command_id', 'body', 'text_id', 'kind', 'action', 'sender', 'person',
        'receiver', 'stage', 'moderation', 'reasons', 'helped', 'created_at')
    messages = sa.table('messages', *(sa.column(name) for name in columns))
    e, t = events.c, texts.c
    note, action, stage = (e.event[path].as_string() for path in (('note', 'id'), ('action',), ('stage',)))
    ref = sa.cast(e.sequence, sa.String)
    run = op.get_bind().execute
    run(threads.insert().from_select(['claim_id', 'position'], sa.select(claims.c.id, claims.c.version * 2 + 1)))
    run(feed.insert().from_select(['claim_id', 'position', 'kind', 'ref', 'at'],
        sa.select(e.claim_id, e.sequence * 2, sa.literal('step'), ref, e.recorded_at)))
    noted = sa.and_(t.id == note, texts.c.role.in_(('buyer', 'seller', 'mediator')))
    receiver = sa.case((sa.and_(stage != 'mediation', t.role == 'buyer'), 'seller'),
        (sa.and_(stage != 'mediation', t.role == 'seller'), 'buyer'), else_='all')
    kind = sa.case((action == 'guide', 'guidance'), else_='note')
    run(messages.insert().from_select(list(columns), sa.select(
        sa.literal('msg_') + sa.func.substr(t.id, 5), e.claim_id, e.sequence * 2 + 1, e.command_id, sa.literal(''), t.id,
        kind, action, t.role, t.person, receiver, stage, sa.literal('clean'), sa.cast(sa.literal('[]'), sa.JSON)
        if op.get_bind().dialect.name == 'postgresql' else sa.literal('[]'), sa.literal(''), e.recorded_at,
    ).select_from(sa.join(events, texts, noted))))
    m = messages.c
    run(feed.insert().from_select(['claim_id', 'position', 'kind', 'ref', 'at'],
        sa.select(m.claim_id, m.position, sa.literal('message'), m.id, m.created_at)))


def downgrade() -> None:
    raise RuntimeError("migrations only go forward")
