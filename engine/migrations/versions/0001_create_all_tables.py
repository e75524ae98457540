"""Create all tables

It must suit the version that is still running: add, fill, and only in a later migration forbid or drop.
The locks that it takes are held until it commits, and it gives up after 5 seconds of waiting for one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create all tables."""
    op.create_table(
        "agencies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="Short name; part of receipt numbers and addresses"),
        sa.Column("name", sa.Text(), nullable=False, comment="What people call it"),
        sa.Column("parent_id", sa.Uuid(), nullable=True, comment="The agency above it; NULL for one without"),
        sa.Column(
            "time_zone", sa.Text(), nullable=False, comment="IANA zone in which its days begin, such as Asia/Jakarta"
        ),
        sa.Column("active", sa.Boolean(), nullable=False, comment="False: nothing new may be started in its name"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["agencies.id"], name=op.f("fk_agencies_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agencies")),
        sa.UniqueConstraint("code", name=op.f("uq_agencies_code")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("actor", sa.Text(), nullable=False, comment="Who sent it: keys of two callers never meet"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "request_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 of method, path and body: a key is for one request",
        ),
        sa.Column("status", sa.Integer(), nullable=True, comment="HTTP status of the answer; NULL: still at work"),
        sa.Column("answer", sa.Text(), nullable=True, comment="Body and headers of the answer"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_expires_at"), "idempotency_keys", ["expires_at"], unique=False)
    op.create_table(
        "administrations",
        sa.Column("id", sa.Uuid(), nullable=False, comment="Of the agency; all zeros: the nation"),
        sa.Column(
            "journal_length", sa.Integer(), nullable=False, comment="Number of its journal entries: none may be missing"
        ),
        sa.Column("journal_hash", sa.LargeBinary(), nullable=False, comment="Hash of the last one"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administrations")),
    )
    op.create_table(
        "journal",
        sa.Column("instance_id", sa.Uuid(), nullable=False, comment="Or the id of an Administration"),
        sa.Column("sequence", sa.Integer(), nullable=False, comment="1, 2, … within the instance, without gaps"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="The time that the act counts from"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False, comment="For whom the actor acted, or who owns the instance"),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="What happened: noun and past participle, such as task.completed"
        ),
        sa.Column(
            "step", sa.Text(), nullable=True, comment="BPMN id of the step that it happened to; NULL: to the instance"
        ),
        sa.Column("data", sa.Text(), nullable=False, comment="What belongs to it; what follows in the workflow"),
        sa.Column(
            "previous_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="Hash of the entry before; of the first: of the instance id",
        ),
        sa.Column(
            "hash",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 of the previous hash and this entry as canonical JSON",
        ),
        sa.PrimaryKeyConstraint("instance_id", "sequence", name=op.f("pk_journal")),
    )
    op.create_table(
        "task_candidates",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("candidate", sa.Text(), nullable=False, comment="Role key, user: with a name, or *"),
        sa.Column("order_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("is_free", sa.Boolean(), nullable=False, comment="Whether the task has no assignee"),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False, comment="As in tasks"),
        sa.PrimaryKeyConstraint(
            *("agency_id", "candidate", "order_at", "task_id"),
            name=op.f("pk_task_candidates"),
            postgresql_include=["is_free", "process_id", "search"],
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="Name to sign in with; the actor in journal and tasks"),
        sa.Column("full_name", sa.Text(), nullable=False, comment="Name as colleagues and letters write it"),
        sa.Column("email", sa.Text(), nullable=True, comment="NULL: none known"),
        sa.Column("password_hash", sa.Text(), nullable=True, comment="Argon2; NULL: cannot sign in by password"),
        sa.Column("language", sa.Text(), nullable=False, comment="Language of the pages: id or en"),
        sa.Column("active", sa.Boolean(), nullable=False, comment="False: may not sign in"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False, comment="Wrong passwords since the last right one"),
        sa.Column(
            "locked_until", sa.DateTime(timezone=True), nullable=True, comment="No sign-in before; NULL: not locked"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="What the key is for"),
        sa.Column(
            "secret_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="HMAC of the secret; the secret itself is shown once",
        ),
        sa.Column("scopes", sa.Text(), nullable=False, comment="What the key may do"),
        sa.Column("roles", sa.Text(), nullable=False, comment="Roles whose tasks the key may do"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True, comment="NULL: valid until revoked"),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True, comment="NULL: not revoked"),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True, comment="To the hour; NULL: never used"),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_api_keys_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_index(op.f("ix_api_keys_agency_id"), "api_keys", ["agency_id"], unique=False)
    op.create_table(
        "calendars",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True, comment="NULL: the national calendar"),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="1, 2, … within agency and year; the highest counts"),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column(
            "weekdays",
            sa.Text(),
            nullable=True,
            comment="Weekdays that are worked, 0 is Monday; NULL: as in the national calendar, there Monday to Friday",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="The decree or data that it was made from"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_calendars_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
        sa.UniqueConstraint("agency_id", "year", "number", name=op.f("uq_calendars_agency_id_year_number")),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False, comment="Whose instances may take it"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "correlation_key", sa.Text(), nullable=False, comment="Which instance is meant; empty: a start event only"
        ),
        sa.Column("message_id", sa.Text(), nullable=True, comment="The sender's id: a second one of it is a duplicate"),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, comment="How long it waits for a receiver"),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True, comment="NULL: not delivered"),
        sa.Column("instance_id", sa.Uuid(), nullable=True, comment="The instance that took it or that it started"),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_messages_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("agency_id", "message_id", name=op.f("uq_messages_agency_id_message_id")),
    )
    op.create_index("ix_messages_correlation", "messages", ["name", "correlation_key", "agency_id"], unique=False)
    op.create_index("ix_messages_expiry", "messages", ["expires_at"], unique=False)
    op.create_table(
        "receipt_counters",
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_receipt_counters_agency_id")),
        sa.PrimaryKeyConstraint("process_id", "agency_id", "year", name=op.f("pk_receipt_counters")),
    )
    op.create_table(
        "removals",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column(
            "retention", sa.Text(), nullable=False, comment="The rule that was followed, as the manifest gives it"
        ),
        sa.Column("journal_length", sa.Integer(), nullable=False, comment="How many entries its journal had"),
        sa.Column(
            "journal_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="Hash of the last: an exported journal can still be proved",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_removals_agency_id")),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_removals")),
    )
    op.create_index(op.f("ix_removals_agency_id"), "removals", ["agency_id"], unique=False)
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="What the user calls it"),
        sa.Column(
            "shows", sa.Text(), nullable=False, comment="What the list shows, in the words of its page's address"
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_saved_views_agency_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("user_id", "agency_id", "name", name=op.f("uq_saved_views_user_id_agency_id_name")),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, comment="HMAC of the cookie's token"),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "agency_id", sa.Uuid(), nullable=True, comment="For which agency the user acts now; NULL: none chosen"
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, comment="Last use; an idle session ends"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_sessions_agency_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "user_roles",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False, comment="Role key, as lanes and candidate groups name it"),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "until", sa.DateTime(timezone=True), nullable=True, comment="End of an acting appointment; NULL: open"
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_user_roles_agency_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_roles_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "agency_id", "role", name=op.f("pk_user_roles")),
    )
    op.create_table(
        "versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False, comment="Id of the process in manifest, BPMN and addresses"),
        sa.Column("number", sa.Integer(), nullable=False, comment="1, 2, … within the process"),
        sa.Column("sha256", sa.Text(), nullable=False, comment="Of names and contents of the package, hexadecimal"),
        sa.Column("agency_id", sa.Uuid(), nullable=True, comment="The only agency that may use it; NULL: all"),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column(
            "in_force_from", sa.Date(), nullable=False, comment="First local day on which instances may be started"
        ),
        sa.Column("manifest", sa.Text(), nullable=False, comment="process.yaml as JSON"),
        sa.Column("package", sa.LargeBinary(), nullable=False, comment="The package as a zip, as it is compiled from"),
        sa.Column(
            "uses",
            sa.Text(),
            nullable=False,
            comment="Versions of other packages that its call activities run: process id to version id",
        ),
        sa.Column(
            "offices",
            sa.Text(),
            nullable=False,
            comment="Office roles of the manifest: an agency with people in one of them runs the process",
        ),
        sa.Column(
            "findings", sa.Text(), nullable=False, comment="Warnings and hints of the linter when it was deployed"
        ),
        sa.Column("deployed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deployed_by", sa.Text(), nullable=False),
        sa.Column(
            "submitted_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was handed in for approval; NULL: not",
        ),
        sa.Column("submitted_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True, comment="NULL: not approved yet"),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True, comment="NULL: not retired"),
        sa.Column("retired_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_versions_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
        sa.UniqueConstraint("process_id", "number", name=op.f("uq_versions_process_id_number")),
        sa.UniqueConstraint("process_id", "agency_id", "sha256", name=op.f("uq_versions_process_id_agency_id_sha256")),
    )
    op.create_index(
        "ix_versions_national",
        "versions",
        ["process_id", "sha256"],
        unique=True,
        postgresql_where=sa.text("agency_id IS NULL"),
        sqlite_where=sa.text("agency_id IS NULL"),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False, comment="Key of the signatures, sealed"),
        sa.Column("kinds", sa.Text(), nullable=False, comment="Kinds of journal entries it wants; empty: all"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_webhooks_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_index(op.f("ix_webhooks_agency_id"), "webhooks", ["agency_id"], unique=False)
    op.create_table(
        "calendar_days",
        sa.Column("calendar_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendars.id"], name=op.f("fk_calendar_days_calendar_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("calendar_id", "day", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "instances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False, comment="Who owns it now"),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="1 when started, one more with every move"),
        sa.Column(
            "state",
            sa.LargeBinary(),
            nullable=False,
            comment="Live tokens and variables, as engine.bpmn.snapshot writes",
        ),
        sa.Column("receipt", sa.Text(), nullable=False, comment="Number given to the applicant"),
        sa.Column(
            "secret_hash",
            sa.LargeBinary(),
            nullable=True,
            comment="SHA-256 of the applicant's secret; NULL: not tracked",
        ),
        sa.Column("business_key", sa.Text(), nullable=True, comment="The starter's own key; NULL: none given"),
        sa.Column("subject", sa.Text(), nullable=True, comment="What it is about, for lists; NULL: not said"),
        sa.Column("search", sa.Text(), nullable=False, comment="Lower-case text that lists are searched in"),
        sa.Column(
            "applicant", sa.Text(), nullable=True, comment="Actor whose case it is; NULL: somebody without an account"
        ),
        sa.Column(
            "citizen_step",
            sa.Text(),
            nullable=True,
            comment="Step or end whose citizen status is shown; NULL: none yet",
        ),
        sa.Column(
            "waiting_since",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Since when its agency's people have nothing to do in it; NULL: they have, or it ended",
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True, comment="NULL: still running"),
        sa.Column(
            "outcome", sa.Text(), nullable=True, comment="Word for statistics from the manifest; NULL: running or none"
        ),
        sa.Column(
            "keep_until", sa.Date(), nullable=True, comment="Retention ends after this local day; NULL: still running"
        ),
        sa.Column(
            "journal_length", sa.Integer(), nullable=False, comment="Number of its journal entries: none may be missing"
        ),
        sa.Column(
            "journal_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="Hash of its last journal entry: the head of the chain",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_instances_agency_id")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_instances_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instances")),
    )
    op.create_index(
        "ix_instances_agency", "instances", ["agency_id", "id", "process_id", "status", "search"], unique=False
    )
    op.create_index(
        "ix_instances_business_key",
        "instances",
        ["business_key"],
        unique=False,
        postgresql_where=sa.text("business_key IS NOT NULL"),
        sqlite_where=sa.text("business_key IS NOT NULL"),
    )
    op.create_index(
        "ix_instances_keep_until",
        "instances",
        ["keep_until"],
        unique=False,
        postgresql_where=sa.text("keep_until IS NOT NULL"),
        sqlite_where=sa.text("keep_until IS NOT NULL"),
    )
    op.create_index("ix_instances_receipt", "instances", ["receipt"], unique=False)
    op.create_index(
        "ix_instances_waiting",
        "instances",
        ["agency_id", "process_id", "waiting_since", "id", "search"],
        unique=False,
        postgresql_where=sa.text("waiting_since IS NOT NULL"),
        sqlite_where=sa.text("waiting_since IS NOT NULL"),
    )
    op.create_index(
        "ix_instances_ended",
        "instances",
        ["agency_id", "ended_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NOT NULL"),
        sqlite_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(
        "ix_instances_running",
        "instances",
        ["version_id", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'running'"),
        sqlite_where=sa.text("status = 'running'"),
    )
    op.create_table(
        "bulk_starts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False, comment="All lines run on this version"),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False, comment="Lines of the file"),
        sa.Column("position", sa.Integer(), nullable=False, comment="Lines that are done with: started or refused"),
        sa.Column("refused", sa.Integer(), nullable=False, comment="Lines of those that could not be started"),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True, comment="NULL: still running"),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_bulk_starts_agency_id")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_bulk_starts_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_starts")),
    )
    op.create_index(op.f("ix_bulk_starts_agency_id"), "bulk_starts", ["agency_id"], unique=False)
    op.create_table(
        "carry_overs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False, comment="The version that they run on"),
        sa.Column("target_id", sa.Uuid(), nullable=False, comment="The version that they go to"),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False, comment="Old id of a step: its new id; others keep theirs"),
        sa.Column("among", sa.Text(), nullable=True, comment="Only these cases; NULL: all of the agency"),
        sa.Column("dry_run", sa.Boolean(), nullable=False, comment="Only found out what would happen"),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False, comment="Cases that ran on the version when it was asked for"),
        sa.Column(
            "position", sa.Integer(), nullable=False, comment="Cases that are done with: carried over or refused"
        ),
        sa.Column("refused", sa.Integer(), nullable=False, comment="Cases of those that stay as they are"),
        sa.Column("last_id", sa.Uuid(), nullable=True, comment="The case that was done with last; NULL: none yet"),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True, comment="NULL: still running"),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_carry_overs_agency_id")),
        sa.ForeignKeyConstraint(["source_id"], ["versions.id"], name=op.f("fk_carry_overs_source_id")),
        sa.ForeignKeyConstraint(["target_id"], ["versions.id"], name=op.f("fk_carry_overs_target_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carry_overs")),
    )
    op.create_index(op.f("ix_carry_overs_agency_id"), "carry_overs", ["agency_id"], unique=False)
    op.create_table(
        "carried_cases",
        sa.Column("carry_over_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=True, comment="Its number for people; NULL: it has none"),
        sa.Column(
            "obstacles",
            sa.Text(),
            nullable=True,
            comment="Why it stays: step, and message by language; NULL: it went over, or would",
        ),
        sa.ForeignKeyConstraint(
            ["carry_over_id"], ["carry_overs.id"], name=op.f("fk_carried_cases_carry_over_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("carry_over_id", "instance_id", name=op.f("pk_carried_cases")),
    )
    op.create_table(
        "bulk_contents",
        sa.Column("bulk_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="A JSON object on each line"),
        sa.ForeignKeyConstraint(
            ["bulk_id"], ["bulk_starts.id"], name=op.f("fk_bulk_contents_bulk_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bulk_id", name=op.f("pk_bulk_contents")),
    )
    op.create_table(
        "bulk_refusals",
        sa.Column("bulk_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False, comment="1 is the first"),
        sa.Column("message", sa.Text(), nullable=False, comment="What was expected and found"),
        sa.ForeignKeyConstraint(
            ["bulk_id"], ["bulk_starts.id"], name=op.f("fk_bulk_refusals_bulk_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bulk_id", "line", name=op.f("pk_bulk_refusals")),
    )
    op.create_table(
        "handovers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "task_id", sa.Uuid(), nullable=True, comment="The task that was handed over; NULL: the whole instance"
        ),
        sa.Column("from_agency_id", sa.Uuid(), nullable=False),
        sa.Column("to_agency_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why, as the actor or the process says"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["from_agency_id"], ["agencies.id"], name=op.f("fk_handovers_from_agency_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_handovers_instance_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["to_agency_id"], ["agencies.id"], name=op.f("fk_handovers_to_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index(op.f("ix_handovers_from_agency_id"), "handovers", ["from_agency_id"], unique=False)
    op.create_index(op.f("ix_handovers_instance_id"), "handovers", ["instance_id"], unique=False)
    op.create_index(op.f("ix_handovers_to_agency_id"), "handovers", ["to_agency_id"], unique=False)
    op.create_table(
        "incidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=True, comment="NULL: about a job of no instance"),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column(
            "job_id", sa.Uuid(), nullable=True, comment="The job whose tries are used up; NULL: the step itself failed"
        ),
        sa.Column("token", sa.Integer(), nullable=True),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False, comment="What failed: expression, no-flow, job, loop, …"),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True, comment="NULL: open"),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_incidents_instance_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index("ix_incidents_instance", "incidents", ["instance_id"], unique=False)
    op.create_index(
        "ix_incidents_open",
        "incidents",
        ["agency_id", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "queue",
            sa.String(length=20),
            sa.Computed(
                "CASE WHEN kind IN ('call', 'delivery') THEN 'calling' WHEN kind = 'external' THEN 'outside' ELSE 'moving' END",  # noqa: E501
                persisted=True,
            ),
            nullable=False,
            comment="Follows from the kind",
        ),
        sa.Column(
            "job_type", sa.Text(), nullable=True, comment="Which handler a call or external job wants; else NULL"
        ),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=True, comment="NULL: belongs to no instance yet"),
        sa.Column(
            "token", sa.Integer(), nullable=True, comment="The waiting step of the instance; NULL: none waits for it"
        ),
        sa.Column("step", sa.Text(), nullable=True, comment="BPMN id of that step"),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=True, comment="For whom it is done; NULL: for all"),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it should be done: lateness is measured from here",
        ),
        sa.Column(
            "available_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it may be taken: due, after a pause, or at a lease's end",
        ),
        sa.Column("lease_owner", sa.Text(), nullable=True, comment="Who took it last; NULL: nobody yet"),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True, comment="NULL: nobody has it"),
        sa.Column(
            "fence",
            sa.Integer(),
            nullable=False,
            comment="Counts takings: an answer with an older number comes too late",
        ),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="How often it was tried"),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False, comment="Inputs and headers of a step; what a message carries"),
        sa.Column("last_error", sa.Text(), nullable=True, comment="Why the last try failed; NULL: none failed"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_jobs_instance_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_jobs_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(
        "ix_jobs_due",
        "jobs",
        ["queue", "available_at"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "ix_jobs_external",
        "jobs",
        ["job_type", "available_at"],
        unique=False,
        postgresql_where=sa.text("status = 'open' AND kind = 'external'"),
        sqlite_where=sa.text("status = 'open' AND kind = 'external'"),
    )
    op.create_index("ix_jobs_instance", "jobs", ["instance_id", "token"], unique=False)
    op.create_table(
        "ratings",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False, comment="1 bad, 2 poor, 3 good, 4 very good"),
        sa.Column("comment", sa.Text(), nullable=True, comment="In the applicant's words; NULL: none"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 4", name=op.f("ck_ratings_score")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_ratings_instance_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_ratings")),
    )
    op.create_index(op.f("ix_ratings_at"), "ratings", ["at"], unique=False)
    op.create_table(
        "tallies",
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False, comment="As 2026-11, where the installation is"),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False, comment="Unit of the term; empty where none was measured"),
        sa.Column("value", sa.Integer(), nullable=False, comment="Units used, score, or 0"),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_tallies_agency_id")),
        sa.PrimaryKeyConstraint(
            "process_id", "month", "agency_id", "measure", "unit", "value", name=op.f("pk_tallies")
        ),
    )
    op.create_index(op.f("ix_tallies_agency_id"), "tallies", ["agency_id"], unique=False)
    op.create_table(
        "tally_months",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_tally_months")),
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.Text(), nullable=False, comment="Host and process, as leases name it"),
        sa.Column("version", sa.Text(), nullable=False, comment="Of Alur"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, comment="When it last said that it is there"),
        sa.Column("jobs_done", sa.Integer(), nullable=False, comment="Since it started"),
        sa.Column("runs_under_prefect", sa.Boolean(), nullable=False, comment="False: it runs its pumps by itself"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    op.create_index(op.f("ix_workers_seen_at"), "workers", ["seen_at"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="Name of the message or signal"),
        sa.Column("correlation_key", sa.Text(), nullable=True, comment="NULL: a signal or a start event"),
        sa.Column(
            "agency_id", sa.Uuid(), nullable=True, comment="Whose messages it takes; NULL: a start event for all"
        ),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=True, comment="NULL: a start event"),
        sa.Column("token", sa.Integer(), nullable=True, comment="NULL: a start event"),
        sa.Column(
            "version_id",
            sa.Uuid(),
            nullable=True,
            comment="The version that a start event belongs to; NULL: a waiting step",
        ),
        sa.Column("step", sa.Text(), nullable=False, comment="BPMN id of the waiting step or start event"),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_subscriptions_instance_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_subscriptions_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_index("ix_subscriptions_instance", "subscriptions", ["instance_id", "token"], unique=False)
    op.create_index("ix_subscriptions_name", "subscriptions", ["name", "correlation_key"], unique=False)
    op.create_index("ix_subscriptions_version", "subscriptions", ["version_id"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False, comment="The workflow's name for the waiting step"),
        sa.Column("step", sa.Text(), nullable=False, comment="BPMN id"),
        sa.Column("name", sa.Text(), nullable=False, comment="BPMN name, in the first language of the process"),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False, comment="Whose people may do it"),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column(
            "revision", sa.Integer(), nullable=False, comment="1 when opened, one more with every change of this row"
        ),
        sa.Column("role", sa.Text(), nullable=True, comment="Lane of the step; NULL: in no lane"),
        sa.Column(
            "candidates",
            sa.Text(),
            nullable=False,
            comment="Who may take it: role keys, user: with a name, * for everybody in the agency",
        ),
        sa.Column("assignee", sa.Text(), nullable=True, comment="Name of the user who has it; NULL: nobody"),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True, comment="NULL: no due time"),
        sa.Column(
            "due_by_term",
            sa.Boolean(),
            nullable=False,
            comment="True: due_at is that of the instance's next term, and moves with it",
        ),
        sa.Column(
            "order_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="due_at, or the end of time: what lists are sorted by",
        ),
        sa.Column(
            "follow_up_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Not shown as pressing before; NULL: at once",
        ),
        sa.Column("priority", sa.Integer(), nullable=False, comment="0 to 100; 50 where the model says nothing"),
        sa.Column("form", sa.Text(), nullable=True, comment="Id of a form in the package; NULL: none"),
        sa.Column("draft", sa.Text(), nullable=True, comment="What was entered so far; NULL: nothing saved"),
        sa.Column("draft_by", sa.Text(), nullable=True),
        sa.Column("draft_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True), nullable=True, comment="When completed or withdrawn; NULL: open"
        ),
        sa.Column("ended_by", sa.Text(), nullable=True, comment="Who completed it, or whose act withdrew it"),
        sa.Column("withdrawn_because", sa.Text(), nullable=True, comment="The act and step that withdrew it"),
        sa.Column("search", sa.Text(), nullable=False, comment="Lower-case text that lists are searched in"),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_tasks_instance_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index(
        "ix_tasks_agency",
        "tasks",
        ["agency_id", "order_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_tasks_instance", "tasks", ["instance_id", "token"], unique=True)
    op.create_index(
        "ix_tasks_mine",
        "tasks",
        ["assignee", "order_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'open' AND assignee IS NOT NULL"),
        sqlite_where=sa.text("status = 'open' AND assignee IS NOT NULL"),
    )
    op.create_index(
        "ix_tasks_ended_by",
        "tasks",
        ["ended_by", "ended_at", "id"],
        unique=False,
        postgresql_where=sa.text("status <> 'open'"),
        sqlite_where=sa.text("status <> 'open'"),
    )
    op.create_index(
        "ix_tasks_over",
        "tasks",
        ["agency_id", "ended_at", "id"],
        unique=False,
        postgresql_where=sa.text("status <> 'open'"),
        sqlite_where=sa.text("status <> 'open'"),
    )
    op.create_table(
        "terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False, comment="Whose calendar counts"),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="Key of the term in the manifest"),
        sa.Column("run", sa.Integer(), nullable=False, comment="1 the first time it starts in the instance"),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column(
            "amount", sa.Integer(), nullable=False, comment="How much the law gives, in units, without extensions"
        ),
        sa.Column("unit", sa.Text(), nullable=False, comment="working_days, calendar_days or clock_hours"),
        sa.Column("extended", sa.Integer(), nullable=False, comment="Units added by extensions"),
        sa.Column("extensions", sa.Integer(), nullable=False, comment="How often it was extended"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), nullable=True, comment="When it passes; NULL while the clock stands"
        ),
        sa.Column(
            "warn_at", sa.DateTime(timezone=True), nullable=True, comment="NULL: nobody is warned, or the clock stands"
        ),
        sa.Column(
            "escalate_at", sa.DateTime(timezone=True), nullable=True, comment="NULL: not escalated, or the clock stands"
        ),
        sa.Column(
            "stopped_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Since when the clock stands; NULL: it runs",
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True, comment="NULL: not ended"),
        sa.Column("used", sa.Integer(), nullable=True, comment="Units that had passed when it ended; NULL: not ended"),
        sa.Column(
            "facts", sa.Text(), nullable=False, comment="Stops so far, calendar versions used, and the cited law"
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_terms_agency_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_terms_instance_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint("instance_id", "name", "run", name=op.f("uq_terms_instance_id_name_run")),
    )
    op.create_index(
        "ix_terms_due",
        "terms",
        ["agency_id", "due_at", "instance_id"],
        unique=False,
        postgresql_where=sa.text("status = 'running'"),
        sqlite_where=sa.text("status = 'running'"),
    )
    op.create_index(op.f("ix_terms_status"), "terms", ["status"], unique=False)
    op.create_index(
        "ix_terms_ended",
        "terms",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("status = 'ended'"),
        sqlite_where=sa.text("status = 'ended'"),
    )
    op.create_index(
        "ix_terms_open",
        "terms",
        ["agency_id", "process_id", "status", "due_at", "warn_at"],
        unique=False,
        postgresql_where=sa.text("status <> 'ended'"),
        sqlite_where=sa.text("status <> 'ended'"),
    )
    op.create_index(
        "ix_terms_kept",
        "terms",
        ["agency_id", "ended_at", "process_id", "name", "due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'ended'"),
        sqlite_where=sa.text("status = 'ended'"),
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True, comment="NULL: about the whole instance"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_comments_instance_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_comments_task_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_instance_id"), "comments", ["instance_id"], unique=False)
    op.create_index(op.f("ix_comments_task_id"), "comments", ["task_id"], unique=False)
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True, comment="Where it was attached; NULL: to the instance"),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="File name as uploaded, without folders"),
        sa.Column("media_type", sa.Text(), nullable=False, comment="Found in the content, not taken from the sender"),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False, comment="Of the content, hexadecimal"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_documents_agency_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_documents_instance_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_documents_task_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_instance_id"), "documents", ["instance_id"], unique=False)
    op.create_index(op.f("ix_documents_task_id"), "documents", ["task_id"], unique=False)
    op.create_table(
        "document_contents",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_contents_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document_contents")),
    )
