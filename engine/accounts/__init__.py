"""Agencies, the people and systems that act for them, and how these prove who they are.

Passwords are hashed with Argon2id. Tokens and keys are random, so a keyed hash is enough; what is stored opens nothing.
"""

from engine.accounts.agencies import agencies, agencies_of, agency, change_agency, create_agency
from engine.accounts.keys import create_key, keys, revoke_key
from engine.accounts.passwords import TooBusy, is_password
from engine.accounts.people import (
    Person,
    change_user,
    create_user,
    grant,
    people,
    set_password,
    user,
    user_of,
    withdraw,
)
from engine.accounts.secrets import pepper, seal, unseal
from engine.accounts.signing import (
    SESSION_LIFE,
    NotSignedIn,
    Recognized,
    SignedIn,
    acting_for,
    applicant_actor,
    change_password,
    choose_agency,
    note_use,
    open_session,
    password_of,
    recognize_key,
    recognize_token,
    sign_out,
)

__all__ = [
    "SESSION_LIFE",
    "NotSignedIn",
    "Person",
    "Recognized",
    "SignedIn",
    "TooBusy",
    "acting_for",
    "agencies",
    "agencies_of",
    "agency",
    "applicant_actor",
    "change_agency",
    "change_password",
    "change_user",
    "choose_agency",
    "create_agency",
    "create_key",
    "create_user",
    "grant",
    "is_password",
    "keys",
    "note_use",
    "open_session",
    "password_of",
    "people",
    "pepper",
    "recognize_key",
    "recognize_token",
    "revoke_key",
    "seal",
    "set_password",
    "sign_out",
    "unseal",
    "user",
    "user_of",
    "withdraw",
]
