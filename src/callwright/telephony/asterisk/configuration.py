"""The configuration folder of an Asterisk of ours, written from values; the machine's own is never touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from callwright.processes import give_to
from callwright.telephony.asterisk import amd, dialplan, modules
from callwright.telephony.asterisk.install import AsteriskProgram
from callwright.telephony.asterisk.signing import KEY_FILE, MODULES, Signing
from callwright.telephony.asterisk.signing import configuration as stir_shaken
from callwright.telephony.asterisk.transports import SipAddress
from callwright.telephony.asterisk.trunk_sections import TrunkConfig, endpoints

__all__ = ["ControlConfig", "NodeConfig", "TrunkConfig", "endpoints", "files", "put", "write"]


@dataclass(frozen=True, kw_only=True)
class NodeConfig:
    """One Asterisk process: where it lives, what it listens on, what it does with a call."""

    #: Configuration, sounds, logs and sockets lie below it.
    base: Path
    #: Short folder of the control socket (``asterisk.ctl``), at most 90 bytes long.
    run_dir: Path
    program: AsteriskProgram
    name: str
    sip_host: str
    sip_port: int
    rtp_start: int
    rtp_end: int
    #: ``extensions.conf``.
    dialplan: str
    #: Sections of ``pjsip.conf`` beside the transport; they may change while it runs.
    endpoints: str
    #: ARI over an outbound websocket; ``None``: no HTTP and no ARI at all.
    control: ControlConfig | None = None
    #: How ``sip_host`` looks from outside; ``None``: there is no address translation.
    address: SipAddress | None = None
    #: ``address@port`` of the only name server to ask; ``None``: those of the machine, and its ``/etc/hosts``.
    name_server: str | None = None
    #: With what the calls of its trunks are signed; ``None``: they are not.
    signing: Signing | None = None


@dataclass(frozen=True, kw_only=True)
class ControlConfig:
    """How Asterisk reaches the control plane."""

    application: str
    user: str
    password: str = field(repr=False)
    #: Port of the control plane's websocket server on loopback, where Asterisk connects to it; ``None``: it is we who
    #: connect.
    port: int | None = None
    #: Port of Asterisk's own HTTP server on loopback; ARI needs it to be there.
    http_port: int = 8088


def write(config: NodeConfig, user: str | None) -> Path:
    """Write every file of ``config`` below its ``base`` for ``user``; returns the path of ``asterisk.conf``.

    A file whose content has not changed is left alone, so that a running Asterisk is not disturbed.
    """
    etc = config.base / "etc"
    spool = [f"spool/{name}" for name in ("outgoing", "recording", "monitor", "tmp")]
    for name in ("etc", "log", "log/cel-custom", "lib", "cache", "sounds", "spool", *spool):
        folder = config.base / name
        folder.mkdir(parents=True, exist_ok=True)
        give_to(folder, user)
    give_to(config.base, user)
    for name, text in files(config).items():
        put(etc / name, text, user)
    if config.signing is not None:
        put(etc / KEY_FILE, config.signing.private_key, user)
    else:
        (etc / KEY_FILE).unlink(missing_ok=True)
    return etc / "asterisk.conf"


def put(path: Path, text: str, user: str | None) -> bool:
    """Write a configuration file of mode 0600 for ``user``; returns whether it changed."""
    if path.exists() and path.read_text() == text:
        return False
    temporary = path.with_suffix(".new")
    temporary.touch(mode=0o600)
    temporary.write_text(text)
    give_to(temporary, user)
    temporary.replace(path)
    return True


def files(config: NodeConfig) -> Mapping[str, str]:
    """Return all files by name."""
    control = config.control
    return {
        "asterisk.conf": _asterisk(config),
        "modules.conf": modules.render(control=control is not None, more=() if config.signing is None else MODULES),
        "logger.conf": "[general]\ndateformat = %F %T.%3q\n[logfiles]\nmessages => notice,warning,error\n",
        "http.conf": "[general]\nenabled = no\n" if control is None else _http(control),
        "ari.conf": "[general]\nenabled = no\n" if control is None else _ari(control),
        "websocket_client.conf": "" if control is None or control.port is None else _websocket_client(control),
        "pjproject.conf": "[startup]\ntype = startup\nlog_level = 1\n",
        "pjsip.conf": _pjsip(config),
        "pjsip_endpoints.conf": config.endpoints,
        "rtp.conf": (
            f"[general]\nrtpstart = {config.rtp_start}\nrtpend = {config.rtp_end}\nstrictrtp = yes\nicesupport = no\n"
        ),
        "extensions.conf": config.dialplan,
        "cdr.conf": "[general]\nenable = no\n",
        # a line for every answer and end: what adoption reads when a channel is gone
        "cel.conf": f"[general]\nenable = {'no' if control is None else 'yes'}\nevents = ANSWER,HANGUP\n",
        "cel_custom.conf": dialplan.CEL_MAPPING,
        "stasis.conf": (
            "[threadpool]\ninitial_size = 5\nidle_timeout_sec = 20\nmax_size = 50\n[declined_message_types]\n"
        ),
        "indications.conf": (
            "[general]\ncountry = us\n[us]\ndescription = United States\nringcadence = 2000,4000\ndial = 350+440\n"
            "busy = 480+620/500,0/500\nring = 440+480/2000,0/4000\ncongestion = 480+620/250,0/250\n"
        ),
        "manager.conf": "[general]\nenabled = no\n",
        "resolver_unbound.conf": _resolver(config.name_server),
        "acl.conf": "",
        "amd.conf": amd.CONFIGURATION,
        "stir_shaken.conf": stir_shaken(config.signing, config.base / "etc"),
        "res_curl.conf": "",
        **dict.fromkeys(("ccss.conf", "features.conf", "musiconhold.conf", "udptl.conf"), "[general]\n"),
    }


def _asterisk(config: NodeConfig) -> str:
    base = config.base
    folders = {
        "astetcdir": base / "etc",
        "astmoddir": config.program.modules_dir,
        "astvarlibdir": base / "lib",
        "astdbdir": base / "lib",
        "astkeydir": base / "lib",
        "astdatadir": config.program.data_dir,
        "astagidir": base / "lib",
        "astspooldir": base / "spool",
        "astrundir": config.run_dir,
        "astlogdir": base / "log",
        "astcachedir": base / "cache",
    }
    lines = [f"{name} => {path}" for name, path in folders.items()]
    return (
        "[directories]\n"
        + "\n".join(lines)
        + "\n[options]\nverbose = 0\ndebug = 0\nnocolor = yes\n"
        # silence is sent while nothing plays: trunks end calls without RTP
        + "transmit_silence = yes\ncache_record_files = no\nlive_dangerously = no\n"
        + f"systemname = {config.name}\n"
    )


def _http(control: ControlConfig) -> str:
    return (
        f"[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = {control.http_port}\nsessionlimit = 100\n"
        "session_inactivity = 60000\nsession_keep_alive = 60000\n"
    )


def _ari(control: ControlConfig) -> str:
    return (
        # the default of 100 ms drops a reader that is busy for a moment
        "[general]\nenabled = yes\npretty = no\nwebsocket_write_timeout = 2000\n"
        f"[{control.user}]\ntype = user\npassword = {control.password}\n"
    ) + (
        ""
        if control.port is None
        else f"[control]\ntype = outbound_websocket\nwebsocket_client_id = control\napps = {control.application}\n"
        # events before the answer reach us although the call is placed through the dialplan
        f"local_ari_user = {control.user}\nsubscribe_all = yes\n"
    )


def _resolver(name_server: str | None) -> str:
    # unlike Asterisk's own resolver it keeps answers, knows /etc/hosts, and a slow server does not hold up other names
    if name_server is None:
        return "[general]\nhosts = system\nresolv = system\n"
    return f"[general]\nhosts = system\nresolv = /dev/null\nnameserver = {name_server}\n"


def _websocket_client(control: ControlConfig) -> str:
    return (
        f"[control]\ntype = websocket_client\nuri = ws://127.0.0.1:{control.port}/ari\nprotocols = ari\n"
        f"username = {control.user}\npassword = {control.password}\n"
        "connection_type = persistent\nreconnect_interval = 100\nreconnect_attempts = 2147483647\n"
        "connection_timeout = 500\ntls_enabled = no\n"
    )


def _pjsip(config: NodeConfig) -> str:
    address = config.address or SipAddress(host=config.sip_host, port=config.sip_port)
    return (
        "[system]\ntype = system\nthreadpool_initial_size = 10\nthreadpool_auto_increment = 5\n"
        "threadpool_idle_timeout = 120\nthreadpool_max_size = 100\ndisable_tcp_switch = yes\n"
        "[global]\ntype = global\nuser_agent = Callwright\nkeep_alive_interval = 0\n"
        "endpoint_identifier_order = auth_username,username,ip\n"
        f"{address.usual()}#include pjsip_endpoints.conf\n"
    )
