from accounts.services.account import (
    bump_audience,
    close_account,
    correct_address,
    end_sessions,
    give_consent,
    open_account,
    remove_second_factor,
    save_profile,
    sign_out_everywhere,
    welcome,
)
from accounts.services.erasure import anonymise, ask_erasure, erase
from accounts.services.export import ask_export
from accounts.services.links import find_link, make_link, use_link
from accounts.services.looking import begin_looking, stop_looking
from accounts.services.merging import merge_accounts, preview_merge

__all__ = [
    "anonymise",
    "ask_erasure",
    "ask_export",
    "begin_looking",
    "bump_audience",
    "close_account",
    "correct_address",
    "end_sessions",
    "erase",
    "find_link",
    "give_consent",
    "make_link",
    "merge_accounts",
    "open_account",
    "preview_merge",
    "remove_second_factor",
    "save_profile",
    "sign_out_everywhere",
    "stop_looking",
    "use_link",
    "welcome",
]
