"""What people and machines say when they answer, written for this benchmark. A list in parts holds its pauses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Wordings:
    """One language's greetings."""

    #: A person at home.
    short: tuple[str, ...]
    #: A person who says more than hello, or says it twice.
    medium: tuple[str, ...]
    #: Somebody at work, in one breath.
    business: tuple[str, ...]
    #: Beginnings, middles and ends of machines' greetings.
    openings: tuple[str, ...]
    middles: tuple[str, ...]
    endings: tuple[str, ...]


WORDINGS = {
    "en": Wordings(
        short=("Hello?", "Hello.", "Hi.", "Yes?", "Yeah.", "Yes, hello?", "Good morning.", "Speaking.", "Who is it?"),
        medium=(
            "Hello, this is Sarah.",
            "Smith residence.",
            "Hi, John speaking.",
            "Hello? Who is this?",
            "Hi, how are you?",
            "Hello, Martha Miller here.",
            "Hello, can I help you?",
            "Good evening, Peter Jones.",
            "Yes, who is calling?",
        ),
        business=(
            "Good morning, Northside Dental, how can I help you?",
            "Miller and Sons, this is Karen speaking.",
            "Thank you for calling Green Garden, Amy speaking.",
            "Front desk, good afternoon, what can I do for you?",
        ),
        openings=(
            "Hello, you have reached the voicemail of Sarah Miller.",
            "Hi, this is John.",
            "You have reached five five five, one two one two.",
            "The person you are calling is not available.",
            "Your call has been forwarded to an automatic voice message system.",
            "Hey, it's Peter, you know what to do.",
            "Thank you for calling Northside Dental.",
            "Hello, we are not at home right now.",
        ),
        middles=(
            "I can not come to the phone right now.",
            "Our office is closed at the moment.",
            "We are either away or on the other line.",
            "I am sorry I missed your call.",
        ),
        endings=(
            "Please leave a message after the tone.",
            "Please leave your name and number and I will call you back.",
            "At the tone, please record your message.",
            "Leave a message.",
        ),
    ),
    "de": Wordings(
        short=("Hallo?", "Ja?", "Ja, bitte?", "Müller.", "Guten Tag.", "Ja, hallo?"),
        medium=(
            "Hallo, hier ist Anna.",
            "Schmidt, guten Abend.",
            "Peter Becker am Apparat.",
            "Hallo? Wer ist da?",
            "Ja, Weber hier.",
        ),
        business=(
            "Zahnarztpraxis Doktor Weber, Sie sprechen mit Frau Krüger.",
            "Autohaus Nord, guten Morgen, was kann ich für Sie tun?",
        ),
        openings=(
            "Guten Tag, hier ist der Anschluss von Familie Schmidt.",
            "Hallo, das ist die Mailbox von Peter Becker.",
            "Der Teilnehmer ist zur Zeit nicht erreichbar.",
        ),
        middles=(
            "Wir sind im Moment leider nicht zu Hause.",
            "Ich kann gerade nicht ans Telefon gehen.",
            "Unsere Praxis ist zur Zeit geschlossen.",
        ),
        endings=(
            "Bitte hinterlassen Sie eine Nachricht nach dem Signalton.",
            "Sprechen Sie bitte nach dem Ton.",
            "Wir rufen Sie gerne zurück.",
        ),
    ),
    "es": Wordings(
        short=("¿Diga?", "¿Sí?", "¿Hola?", "Dígame.", "¿Bueno?", "Buenos días."),
        medium=(
            "Hola, soy Ana.",
            "¿Sí, quién es?",
            "Familia García, dígame.",
            "Hola, habla Pedro.",
            "Buenas tardes, ¿quién llama?",
        ),
        business=(
            "Clínica dental del norte, buenos días, ¿en qué puedo ayudarle?",
            "Talleres García, le atiende Marta.",
        ),
        openings=(
            "Hola, éste es el buzón de voz de Ana García.",
            "Ha llamado al nueve uno cinco, dos dos, tres tres.",
            "El teléfono al que llama está apagado o fuera de cobertura.",
        ),
        middles=(
            "En este momento no puedo atenderle.",
            "Ahora mismo no estamos en casa.",
            "Nuestra oficina está cerrada.",
        ),
        endings=(
            "Por favor, deje su mensaje después de la señal.",
            "Deje su nombre y número y le llamaré.",
            "Gracias.",
        ),
    ),
    "fr": Wordings(
        short=("Allô?", "Oui?", "Allô, oui?", "Oui, bonjour.", "Bonjour.", "Bonsoir."),
        medium=(
            "Allô, c'est Marie.",
            "Oui, qui est à l'appareil?",
            "Bonjour, Pierre Martin.",
            "Allô? C'est qui?",
            "Famille Dubois, bonsoir.",
        ),
        business=(
            "Cabinet dentaire du nord, bonjour, que puis-je faire pour vous?",
            "Garage Martin, Sophie à votre écoute, bonjour.",
        ),
        openings=(
            "Bonjour, vous êtes bien sur la messagerie de Marie Martin.",
            "Votre correspondant n'est pas disponible.",
            "Bonjour, vous êtes bien chez la famille Dubois.",
        ),
        middles=(
            "Je ne peux pas vous répondre pour le moment.",
            "Nous sommes absents.",
            "Nos bureaux sont actuellement fermés.",
        ),
        endings=(
            "Merci de laisser un message après le bip sonore.",
            "Laissez votre nom et votre numéro et je vous rappellerai.",
            "À bientôt.",
        ),
    ),
    "it": Wordings(
        short=("Pronto?", "Sì?", "Pronto, chi è?", "Buongiorno.", "Sì, pronto?", "Dica."),
        medium=(
            "Pronto, sono Anna.",
            "Casa Rossi, buonasera.",
            "Pronto? Chi parla?",
            "Sì, sono Marco.",
            "Buongiorno, mi dica pure.",
        ),
        business=(
            "Studio dentistico del nord, buongiorno, come posso aiutarla?",
            "Officina Rossi, sono Laura, mi dica.",
        ),
        openings=(
            "Salve, questa è la segreteria telefonica di Anna Rossi.",
            "Il cliente da lei chiamato non è al momento raggiungibile.",
            "Avete chiamato casa Rossi.",
        ),
        middles=(
            "In questo momento non posso rispondere.",
            "Al momento non siamo in casa.",
            "I nostri uffici sono chiusi.",
        ),
        endings=(
            "Lasciate un messaggio dopo il segnale acustico.",
            "Lasciate nome e numero e vi richiamerò.",
            "Grazie.",
        ),
    ),
}
