"""The modules that an Asterisk of ours loads, by name: what is not loaded cannot be attacked and needs no memory."""

from __future__ import annotations

from collections.abc import Sequence

_COMMON = """
res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb
codec_ulaw codec_alaw codec_a_mu codec_g722 codec_resample
format_wav format_pcm format_sln
bridge_simple bridge_native_rtp bridge_softmix
res_pjproject res_pjsip res_pjsip_session res_pjsip_sdp_rtp res_rtp_asterisk
res_pjsip_caller_id res_pjsip_nat res_pjsip_rfc3326 res_pjsip_dtmf_info res_pjsip_logger
res_pjsip_header_funcs res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user
res_pjsip_authenticator_digest res_pjsip_outbound_authenticator_digest res_pjsip_pubsub chan_pjsip res_srtp
pbx_config app_dial app_playback app_stack
func_channel func_callerid func_hangupcause func_timeout func_strings func_logic func_dialplan
"""

_ENGINE = """
res_http_websocket res_websocket_client
res_stasis res_stasis_answer res_stasis_playback res_stasis_recording res_stasis_snoop app_stasis
res_ari res_ari_model res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels res_ari_endpoints
res_ari_events res_ari_playbacks res_ari_recordings res_ari_sounds
res_rtp_multicast chan_rtp chan_bridge_media bridge_holding
res_cdrel_custom cel_custom
res_pjsip_outbound_registration res_pjsip_registrar
res_resolver_unbound
res_curl func_curl
app_amd app_waitforsilence
"""

_LAB = """
app_mixmonitor app_senddtmf app_playtones app_exec res_pjsip_registrar res_clioriginate func_volume func_cut func_db
"""


def render(*, control: bool, more: Sequence[str] = ()) -> str:
    """Return ``modules.conf``: the engine's modules with ``control``, else the lab's, and those of ``more``."""
    names = [*(_COMMON + (_ENGINE if control else _LAB)).split(), *more]
    return "[modules]\nautoload = no\n" + "".join(f"load = {name}.so\n" for name in names)
