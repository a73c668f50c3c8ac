"""The lines and softphones of the database, in the form in which the engine is told of them."""

from __future__ import annotations

from callwright.numbers.extensions import Extensions
from callwright.numbers.trunks import Trunks
from callwright.telephony.asterisk.configuration import TrunkConfig
from callwright.telephony.asterisk.extension_sections import ExtensionConfig


async def trunks_of_engine(trunks: Trunks) -> list[TrunkConfig]:
    """Return the lines of the database as the engine's; the lab's own comes from the lab."""
    return [
        TrunkConfig(
            name=trunk.name,
            host=trunk.host,
            port=trunk.port,
            transport=trunk.transport,
            username=trunk.username,
            password=await trunks.password(trunk.id),
            codecs=trunk.codecs,
            dtmf_mode=trunk.dtmf_mode,
            **trunk.options.for_engine(),
        )
        for trunk in await trunks.enabled()
        if trunk.kind == "sip"
    ]


async def extensions_of_engine(extensions: Extensions) -> list[ExtensionConfig]:
    """Return the softphones of the database as the engine's."""
    return [
        ExtensionConfig(username=each.extension.username, password=each.password, name=each.extension.name)
        for each in await extensions.of_node()
    ]
