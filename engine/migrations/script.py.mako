"""${message}

It must suit the version that is still running: add, fill, and only in a later migration forbid or drop.
The locks that it takes are held until it commits, and it gives up after 5 seconds of waiting for one.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """${message}."""
    ${upgrades if upgrades else "pass"}
