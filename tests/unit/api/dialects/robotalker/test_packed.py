import pytest

from callwright.api.dialects.robotalker.packed import is_packed, unpacked

#: The document's two samples, with the breaks of its print.
TTS = """<x> KEYGOESHERXXXXXXXXXXXXX ~TOKENGOESHEREXX~SendMessage~Server Down
Notification~8886660981~0~Hello Thomas, this is an automated system to inform you
that we cannot reach robotalker.com~9545018625~Thomas</x>"""
RECORDED = """<x> KEYGOESHERXXXXXXXXXXXXX ~TOKENGOESHEREXX~SendMessage~Server Down
Notification~8886660981~11246~0 ~9545018625~Thomas</x>"""


def test_reads_the_documents_samples() -> None:
    assert unpacked(TTS) == {
        "key": "KEYGOESHERXXXXXXXXXXXXX",
        "token": "TOKENGOESHEREXX",
        "whattodo": "SendMessage",
        "optname": "Server Down\nNotification",
        "optcallerid": "8886660981",
        "messageid": "0",
        "messagetext": "Hello Thomas, this is an automated system to inform you\nthat we cannot reach robotalker.com",
        "phonenumber": "9545018625",
        "customername": "Thomas",
    }
    assert unpacked(RECORDED)["messageid"] == "11246"
    assert unpacked(RECORDED)["messagetext"] == "0"


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("text~9545018625~Tom", ("text", "9545018625", "Tom", None)),
        ("text~9545018625~Tom~26705", ("text", "9545018625", "Tom", "26705")),
        ("text~9545018625~Tom~", ("text", "9545018625", "Tom", "")),
        ("about ~ 5 dollars~9545018625~Tom", ("about ~ 5 dollars", "9545018625", "Tom", None)),
        ("a~b~c~+1 (954) 501-8625~Tom~0", ("a~b~c", "+1 (954) 501-8625", "Tom", "0")),
        ("text~0~Tom~7", ("text", "0", "Tom", "7")),
        # a customer's name of digits is not taken for the voicemail's id
        ("text~9545018625~77", ("text", "9545018625", "77", None)),
    ],
)
def test_a_tilde_too_many_belongs_to_the_text(end: str, expected: tuple[str, ...]) -> None:
    found = unpacked(f"<x>k~t~SendMessage~Job~8886660981~0~{end}</x>")
    assert (found["messagetext"], found["phonenumber"], found["customername"], found.get("vmmessageid")) == expected


def test_too_few_fields_are_told() -> None:
    assert is_packed("<X>a~b</X>")
    assert not is_packed("Thomas")
    with pytest.raises(ValueError, match="has 2 fields between ~; at least 9"):
        unpacked("<x>a~b</x>")
    with pytest.raises(ValueError, match="must be <x>"):
        unpacked("a~b")
