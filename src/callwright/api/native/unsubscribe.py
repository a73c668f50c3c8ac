"""``/unsubscribe/{token}``: the page behind a link of a message. Public: the token says whom, and that we made it.

A GET changes nothing, because programs that look at mails follow links; the form's POST and the one click of a mail
program (RFC 8058) enter the person.
"""

from __future__ import annotations

import html
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from callwright.api.native.security import client_address
from callwright.api.native.services import Provided, Services
from callwright.consents.links import Wish
from callwright.errors import NotFound

router = APIRouter(include_in_schema=False)

#: No script, nothing from elsewhere, no frame; the form goes back to where it came from.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True)
class _Words:
    """What the page says."""

    title: str
    #: With the organisation's name and the address.
    question: str
    button: str
    done: str
    damaged: str


_ENGLISH = _Words(
    "Unsubscribe",
    "Do you want {name} to stop contacting {address}?",
    "Unsubscribe",
    "{address} is unsubscribed. {name} will not contact it again.",
    "This link is damaged. Please copy it whole from the message.",
)
_LANGUAGES = {
    "en": _ENGLISH,
    "es": _Words(
        "Darse de baja",
        "¿Quiere que {name} deje de contactar con {address}?",
        "Darme de baja",
        "{address} está dado de baja. {name} no volverá a contactar.",
        "Este enlace está dañado. Cópielo entero del mensaje.",
    ),
    "fr": _Words(
        "Se désabonner",
        "Voulez-vous que {name} ne contacte plus {address} ?",
        "Me désabonner",
        "{address} est désabonné. {name} ne l'utilisera plus.",
        "Ce lien est endommagé. Copiez-le en entier depuis le message.",
    ),
    "de": _Words(
        "Abmelden",
        "Soll {name} {address} nicht mehr kontaktieren?",
        "Abmelden",
        "{address} ist abgemeldet. {name} wird sich dort nicht mehr melden.",
        "Dieser Link ist beschädigt. Bitte kopieren Sie ihn ganz aus der Nachricht.",
    ),
    "it": _Words(
        "Annulla l'iscrizione",
        "Vuole che {name} non contatti più {address}?",
        "Annulla l'iscrizione",
        "{address} è stato rimosso. {name} non lo contatterà più.",
        "Questo collegamento è danneggiato. Lo copi per intero dal messaggio.",
    ),
    "pt": _Words(
        "Cancelar a inscrição",
        "Quer que {name} deixe de contactar {address}?",
        "Cancelar a inscrição",
        "{address} foi removido. {name} não voltará a contactar.",
        "Esta ligação está danificada. Copie-a inteira da mensagem.",
    ),
    "fi": _Words(
        "Peruuta tilaus",
        "Haluatko, että {name} ei enää ota yhteyttä osoitteeseen {address}?",
        "Peruuta tilaus",
        "{address} on poistettu. {name} ei enää ota siihen yhteyttä.",
        "Linkki on vioittunut. Kopioi se kokonaan viestistä.",
    ),
    "hi": _Words(
        "सदस्यता छोड़ें",
        "क्या आप चाहते हैं कि {name} अब {address} पर संपर्क न करे?",
        "सदस्यता छोड़ें",
        "{address} हटा दिया गया है। {name} अब संपर्क नहीं करेगा।",
        "यह लिंक अधूरा है। कृपया संदेश से पूरा लिंक कॉपी करें।",
    ),
}


@router.get("/unsubscribe/{token}")
async def show_unsubscribe(token: str, request: Request, services: Provided) -> HTMLResponse:
    """Show the form. Nothing changes."""
    await services.limits.come_from(client_address(request))
    try:
        wish = services.consents.links.read(token)
        said = await _said(services, wish)
    except NotFound:
        return _damaged(request)
    language, words = _words(request, wish)
    question = words.question.format(**said)
    return _page(
        language, words.title, f'<p>{question}</p>\n<form method="post"><button>{words.button}</button></form>'
    )


@router.post("/unsubscribe/{token}")
async def unsubscribe(token: str, request: Request, services: Provided) -> HTMLResponse:
    """Enter the person; the body says nothing that the token does not. Doing it twice changes nothing."""
    await services.limits.come_from(client_address(request))
    try:
        wish = services.consents.links.read(token)
        said = await _said(services, wish)
    except NotFound:
        return _damaged(request)
    async with services.contacts.people.transaction() as connection:
        await services.consents.links.carry_out(connection, wish)
    language, words = _words(request, wish)
    return _page(language, words.title, f"<p>{words.done.format(**said)}</p>")


async def _said(services: Services, wish: Wish) -> dict[str, str]:
    """Return what the page's sentences name, fit for HTML."""
    organisation = await services.accounts.organisation(wish.organisation_id)
    return {"name": html.escape(organisation.name), "address": f"<b>{html.escape(wish.address)}</b>"}


def _words(request: Request, wish: Wish | None = None) -> tuple[str, _Words]:
    """Return the person's language: the link's, else the browser's first that we have."""
    asked = [wish.language] if wish is not None and wish.language else []
    asked += request.headers.get("accept-language", "").split(",")
    for one in asked:
        language = one.partition(";")[0].strip().partition("-")[0].lower()
        if language in _LANGUAGES:
            return language, _LANGUAGES[language]
    return "en", _ENGLISH


def _damaged(request: Request) -> HTMLResponse:
    language, words = _words(request)
    return _page(language, words.title, f"<p>{words.damaged}</p>", status=404)


def _page(language: str, title: str, body: str, *, status: int = 200) -> HTMLResponse:
    text = (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    )
    return HTMLResponse(text, status_code=status, headers=_HEADERS)
