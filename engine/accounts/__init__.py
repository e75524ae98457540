"""Agencies, the people and systems that act for them, and how these prove who they are.

Passwords are hashed with Argon2id. Tokens and keys are random, so a keyed hash is enough; what is stored opens nothing.
"""

from engine.accounts.agencies import agencies, agency, change_agency, create_agency
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
    NotSignedIn,
    Recognized,
    SignedIn,
    applicant_actor,
    change_password,
    choose_agency,
    key_actor,
    note_use,
    open_session,
    password_of,
    recognize_key,
    recognize_token,
    session_actor,
    sign_in,
    sign_out,
)

__all__ = [
    "NotSignedIn",
    "Person",
    "Recognized",
    "SignedIn",
    "TooBusy",
    "agencies",
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
    "key_actor",
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
    "session_actor",
    "set_password",
    "sign_in",
    "sign_out",
    "unseal",
    "user",
    "user_of",
    "withdraw",
]
