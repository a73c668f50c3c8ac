import pytest

from callwright.api.dialects.robotalker.flows import Heard, flow_of
from callwright.api.dialects.robotalker.options import CallOption
from callwright.flows.language import parse_flow
from callwright.flows.templates import missing_variables

TEXT = Heard(text="Hello #name#")
AUDIO = Heard(audio="aud_06e4k1q0s8b2n4p6r8t0")


@pytest.mark.parametrize("option", list(CallOption))
@pytest.mark.parametrize("live", [TEXT, AUDIO])
@pytest.mark.parametrize("voicemail", [None, AUDIO])
@pytest.mark.parametrize("opt_out_key", [False, True])
def test_every_combination_is_a_flow(
    option: CallOption, live: Heard, voicemail: Heard | None, opt_out_key: bool
) -> None:
    made = flow_of(
        live,
        option=option,
        voicemail=voicemail,
        transfer_to="+12125550100",
        caller="Elm {Street} #name#",
        opt_out_key=opt_out_key,
    )
    flow = parse_flow(made)
    assert missing_variables(flow, ["name"]) == []
    machine = made["on_machine"]
    if option is CallOption.LIVE_ONLY:
        assert machine == {"action": "hangup"}
    else:
        assert machine == {"leave": [(voicemail or live).step()]}


def test_a_person_hears_who_calls_when_the_message_is_for_the_machine() -> None:
    made = flow_of(
        TEXT, option=CallOption.RINGLESS, voicemail=None, transfer_to="", caller="Elm Street", opt_out_key=False
    )
    assert made["steps"]["message"]["prompt"][0]["text"].startswith("This is Elm Street. ")
    assert made["steps"]["message"]["branches"] == {"9": [{"type": "optout"}]}


def test_a_transfer_is_called_while_the_message_is_heard() -> None:
    made = flow_of(
        TEXT, option=CallOption.TRANSFER, voicemail=None, transfer_to="+12125550100", caller="", opt_out_key=False
    )
    step = made["steps"]["message"]
    assert (step["type"], step["to"], step["during_message"]) == ("transfer", "+12125550100", True)
    assert step["message"] == [TEXT.step()]
