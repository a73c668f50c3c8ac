"""What people and machines say in the clips that are measured: no sentence of it is in the training half."""

from __future__ import annotations

from benchmarks.amd.texts import Wordings

HELD_OUT = {
    "en": Wordings(
        short=("Hello!", "Hello, hello?", "Hey.", "Yep?", "Good evening.", "Who's there?", "Hullo?", "Go ahead.",
               "Hi there.", "Sorry, yes?"),
        medium=(
            "Hello, Emily speaking.",
            "Thompson.",
            "Yeah, it's Mike.",
            "Hi, who am I speaking to?",
            "The Andersons, hello?",
            "Hello? Yes, I can hear you.",
            "Good afternoon, David here.",
            "Hi, this is she.",
            "Hey, what's up?",
            "Yes, hello, who's calling please?",
        ),
        business=(
            "Good afternoon, this is Rachel speaking, how can I help you?",
            "Harbour Hotel reception, good evening.",
            "City Plumbing, Tom here, what can I do for you?",
            "Thanks for calling Bright Smile Dental, this is Olivia.",
            "Accounts department, Helen Clarke speaking.",
            "Westfield Motors, good morning, how may I direct your call?",
            "Good morning, law offices of Baker and Stone.",
            "Library, can I help you?",
        ),
        openings=(
            "Hi, you've reached Emily.",
            "This is the voicemail of Michael Thompson.",
            "Hello, and thank you for calling Harbour Hotel.",
            "The number you have dialled is not answering.",
            "Hey, this is Mike's phone.",
            "You are through to the Anderson family.",
            "Your call has been transferred to a voice mailbox.",
            "Hi there, Rachel here, sorry to miss you.",
            "The mobile telephone you have called may be switched off.",
            "Welcome to the mailbox of four one seven, double six, two eight.",
        ),
        middles=(
            "I'm away from my desk at the moment.",
            "All of our agents are busy with other callers.",
            "We are open from nine to five, Monday to Friday.",
            "I am probably in a meeting or driving.",
            "Nobody can take your call just now.",
        ),
        endings=(
            "Leave your details and somebody will get back to you.",
            "Please speak after the beep.",
            "Record your message at the signal, then hang up.",
            "Drop me a message, thanks.",
            "Please try again later.",
            "Thanks, bye.",
        ),
    ),
    "es": Wordings(
        short=("¡Hola!", "¿Sí, dígame?", "¿Aló?", "Buenas tardes.", "Sí, diga.", "¿Quién?"),
        medium=(
            "Hola, le habla Carmen.",
            "Sí, soy yo, dígame.",
            "¿Hola? ¿Con quién hablo?",
            "Casa de los López, buenas.",
            "Sí, buenos días, ¿quién es?",
        ),
        business=(
            "Hotel del Puerto, recepción, buenas tardes.",
            "Seguros Vega, le atiende Julia, ¿en qué le ayudo?",
            "Farmacia Central, dígame.",
        ),
        openings=(
            "Ha llamado a Carmen López.",
            "Bienvenido al contestador de la familia Vega.",
            "El número marcado no contesta.",
            "Hola, ahora no estoy.",
        ),
        middles=(
            "Todos nuestros agentes están ocupados.",
            "Nuestro horario es de nueve a seis.",
            "Seguramente estoy conduciendo.",
        ),
        endings=(
            "Hable después del tono.",
            "Grabe su mensaje y cuelgue.",
            "Inténtelo más tarde.",
        ),
    ),
    "fr": Wordings(
        short=("Allô, allô?", "Oui, allô?", "Salut.", "Bonjour, oui?", "Oui, j'écoute.", "Qui est-ce?"),
        medium=(
            "Allô, ici Claire.",
            "Oui, Julien à l'appareil.",
            "Allô oui, bonjour, je vous écoute.",
            "Madame Laurent, bonjour.",
            "Oui, c'est moi-même.",
        ),
        business=(
            "Hôtel du Port, réception, bonsoir.",
            "Pharmacie centrale, bonjour, je vous écoute.",
            "Assurances Laurent, Julie, que puis-je pour vous?",
        ),
        openings=(
            "Vous êtes sur le répondeur de Claire Laurent.",
            "La personne que vous appelez est occupée.",
            "Salut, c'est Julien.",
            "Bienvenue à la pharmacie centrale.",
        ),
        middles=(
            "Tous nos conseillers sont en ligne.",
            "Je suis sans doute en réunion.",
            "Nous sommes ouverts de neuf heures à dix-huit heures.",
        ),
        endings=(
            "Parlez après le signal.",
            "Enregistrez votre message, puis raccrochez.",
            "Merci de rappeler plus tard.",
        ),
    ),
    "it": Wordings(
        short=("Pronto, pronto?", "Ciao.", "Sì, chi è?", "Buonasera.", "Sì, mi dica.", "Eccomi."),
        medium=(
            "Pronto, qui Giulia.",
            "Sì, sono io.",
            "Famiglia Bianchi, buongiorno.",
            "Pronto? Con chi parlo?",
            "Ciao, dimmi tutto.",
        ),
        business=(
            "Albergo del Porto, buonasera, mi dica.",
            "Farmacia Centrale, buongiorno.",
            "Assicurazioni Bianchi, sono Paolo, in cosa posso aiutarla?",
        ),
        openings=(
            "Ciao, sono Giulia.",
            "Risponde la segreteria della famiglia Bianchi.",
            "L'utente non risponde.",
            "Benvenuti alla Farmacia Centrale.",
        ),
        middles=(
            "I nostri operatori sono tutti occupati.",
            "Siamo aperti dalle nove alle diciotto.",
            "Probabilmente sono in riunione.",
        ),
        endings=(
            "Parlate dopo il tono.",
            "Registrate il messaggio e riagganciate.",
            "Riprovate più tardi.",
        ),
    ),
    "pt": Wordings(
        short=("Alô?", "Sim?", "Oi.", "Pois não?", "Bom dia.", "Alô, quem é?"),
        medium=(
            "Alô, aqui é a Paula.",
            "Oi, quem está falando?",
            "Sim, sou eu mesmo.",
            "Casa da família Souza, boa tarde.",
        ),
        business=(
            "Farmácia Central, bom dia, em que posso ajudar?",
            "Hotel do Porto, recepção, boa noite.",
            "Oficina Souza, Carlos falando.",
        ),
        openings=(
            "Você ligou para a Paula Souza.",
            "O número chamado não atende.",
            "Oi, aqui é o Carlos.",
            "Esta é a caixa postal da família Souza.",
        ),
        middles=(
            "No momento não posso atender.",
            "Nossos atendentes estão ocupados.",
            "Devo estar dirigindo.",
        ),
        endings=(
            "Deixe seu recado após o sinal.",
            "Grave a sua mensagem e desligue.",
            "Tente mais tarde.",
        ),
    ),
}  # fmt: skip
