"""Softphones of the organisations, as sections of ``pjsip.conf``: each registers with its password, and only so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from callwright.errors import SetupError
from callwright.telephony.asterisk.dialplan import PHONES

#: ``ext-<organisation's number>x<extension>``: the dialplan finds colleagues by it.
_USERNAME = re.compile(r"ext-([0-9]{1,20})x([0-9]{2,6})", re.ASCII)
_PASSWORD = re.compile(r"[A-Za-z0-9_-]{12,128}", re.ASCII)
_UNSAFE_IN_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\"<>\\;\[\]]")
#: A registration lasts so long at most: a telephone that was taken away stops ringing after it.
_LONGEST_REGISTRATION_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class ExtensionConfig:
    """One softphone. Raises ``SetupError`` for a value that is not safe in the engine's configuration."""

    username: str
    password: str = field(repr=False)
    #: Shown on the telephones that it calls.
    name: str

    def __post_init__(self) -> None:
        if not _USERNAME.fullmatch(self.username):
            raise SetupError(f"extension {self.username!r}: the user name cannot be written into the configuration")
        if not _PASSWORD.fullmatch(self.password):
            raise SetupError(f"extension {self.username}: the password cannot be written into the configuration")
        if _UNSAFE_IN_NAME.search(self.name):
            raise SetupError(f"extension {self.username}: the name cannot be written into the configuration")


def sections(extensions: Sequence[ExtensionConfig]) -> str:
    """Return the PJSIP sections of these softphones."""
    return "\n".join(_section(extension) for extension in extensions)


def _section(extension: ExtensionConfig) -> str:
    name = extension.username
    found = _USERNAME.fullmatch(name)
    organisation, digits = found.groups() if found is not None else ("", "")
    return (
        f"[{name}]\ntype = endpoint\ncontext = {PHONES}\nset_var = CW_ORGANISATION={organisation}\n"
        f'callerid = "{extension.name}" <{digits}>\n'
        f"identify_by = username,auth_username\nauth = {name}\naors = {name}\n"
        "disallow = all\nallow = ulaw,alaw,g722\ndtmf_mode = auto_info\n"
        "direct_media = no\nrtp_symmetric = yes\nforce_rport = yes\nrewrite_contact = yes\n"
        # neither side may send a call elsewhere: a REFER or a 302 would be a call that nobody counts
        "allow_transfer = no\nredirect_method = user\nallow_subscribe = no\n"
        "rtp_timeout = 60\nrtp_timeout_hold = 3600\nt38_udptl = no\n"
        f"[{name}]\ntype = auth\nauth_type = userpass\nusername = {name}\npassword = {extension.password}\n"
        f"[{name}]\ntype = aor\nmax_contacts = 1\nremove_existing = yes\nqualify_frequency = 0\n"
        f"minimum_expiration = 30\ndefault_expiration = 120\nmaximum_expiration = {_LONGEST_REGISTRATION_SECONDS}\n"
    )
