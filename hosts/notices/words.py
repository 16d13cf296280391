"""What a push or a mail says, in the six languages of the pages. Pure.

Each kind has a title and a body for one notice, and a title for many that were merged. A new kind needs a line in each
language: a test counts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hosts.notices.kinds import Kind
from hosts.notices.money import money
from hosts.notices.rules import Message, Waiting
from hosts.notices.sale_words import SALES
from hosts.notices.text import Text

LANGUAGES: Final = ("en", "de", "es", "fr", "ko", "ar")


@dataclass(frozen=True, slots=True)
class Said:
    title: str
    body: str


TEXTS: Final[dict[str, dict[Kind, Text]]] = {
    "en": {
        Kind.SHOW_STARTED: Text("{name} is live", "{title}", "{count} shows you follow are live"),
        Kind.PRICE_DROP: Text(
            "{title} is now {price}", "A piece you like has become cheaper.", "{count} pieces you like are cheaper now"
        ),
        Kind.OUTBID: Text("You were outbid", "{title} is at {price} now."),
        Kind.WON: Text("You won {title}", "Pay {price} before your time runs out."),
        Kind.WON_PAID: Text("You won {title}", "Your saved card pays {price}. Nothing is left to do."),
        Kind.HOLD_ENDING: Text("Your hold is about to end", "Less than a minute left for {title}."),
        Kind.ORDER_SHIPPED: Text(
            "Your parcel is on its way", "{name} has shipped {title}.", "{count} parcels are on their way"
        ),
        Kind.SOLD: Text(
            "Sold: {title}",
            "It went for {price}. The address waits with your orders.",
            "{count} of your pieces are sold",
        ),
        Kind.PARCEL_OFFER: Text(
            "Room in your parcel", "{name} has something that goes with {title}.", "{count} sellers suggest something"
        ),
        Kind.FEATURE_ASKED: Text(
            "{name} has a wish", "It is about {title} in a show.", "{count} wishes about features"
        ),
        Kind.FEATURE_GRANTED: Text("{name} says yes", "{title} may be in a show.", "{count} yeses about features"),
        Kind.THANKED: Text("{name} thanks you", "For featuring in {title}.", "{count} sellers thank you"),
    },
    "de": {
        Kind.SHOW_STARTED: Text("{name} ist live", "{title}", "{count} Shows, denen du folgst, sind live"),
        Kind.PRICE_DROP: Text(
            "{title} kostet jetzt {price}",
            "Ein Stück, das dir gefällt, ist günstiger geworden.",
            "{count} Stücke, die dir gefallen, sind jetzt günstiger",
        ),
        Kind.OUTBID: Text("Du wurdest überboten", "{title} steht jetzt bei {price}."),
        Kind.WON: Text("Du hast {title} ersteigert", "Bezahle {price}, bevor deine Zeit abläuft."),
        Kind.WON_PAID: Text(
            "Du hast {title} ersteigert", "Deine gespeicherte Karte bezahlt {price}. Es ist nichts mehr zu tun."
        ),
        Kind.HOLD_ENDING: Text("Deine Reservierung läuft gleich ab", "Weniger als eine Minute für {title}."),
        Kind.ORDER_SHIPPED: Text(
            "Dein Paket ist unterwegs", "{name} hat {title} verschickt.", "{count} Pakete sind unterwegs"
        ),
        Kind.SOLD: Text(
            "Verkauft: {title}",
            "Für {price}. Die Adresse steht bei deinen Bestellungen.",
            "{count} deiner Stücke sind verkauft",
        ),
        Kind.PARCEL_OFFER: Text(
            "Platz in deinem Paket", "{name} hat etwas, das zu {title} passt.", "{count} Verkäufer schlagen etwas vor"
        ),
        Kind.FEATURE_ASKED: Text(
            "{name} hat eine Bitte", "Es geht um {title} in einer Show.", "{count} Bitten ums Zeigen"
        ),
        Kind.FEATURE_GRANTED: Text("{name} sagt Ja", "{title} darf in eine Show.", "{count} Zusagen fürs Zeigen"),
        Kind.THANKED: Text("{name} dankt dir", "Fürs Zeigen in {title}.", "{count} Verkäufer danken dir"),
    },
    "es": {
        Kind.SHOW_STARTED: Text("{name} está en directo", "{title}", "{count} directos que sigues han empezado"),
        Kind.PRICE_DROP: Text(
            "{title} cuesta ahora {price}",
            "Ha bajado una prenda que te gusta.",
            "{count} prendas que te gustan han bajado de precio",
        ),
        Kind.OUTBID: Text("Han superado tu puja", "{title} va ahora por {price}."),
        Kind.WON: Text("Has ganado {title}", "Paga {price} antes de que se acabe tu tiempo."),
        Kind.WON_PAID: Text("Has ganado {title}", "Tu tarjeta guardada paga {price}. No tienes que hacer nada más."),
        Kind.HOLD_ENDING: Text("Tu reserva está a punto de terminar", "Queda menos de un minuto para {title}."),
        Kind.ORDER_SHIPPED: Text(
            "Tu paquete está en camino", "{name} ha enviado {title}.", "{count} paquetes están en camino"
        ),
        Kind.SOLD: Text(
            "Vendido: {title}",
            "Por {price}. La dirección te espera en tus pedidos.",
            "Se han vendido {count} de tus prendas",
        ),
        Kind.PARCEL_OFFER: Text(
            "Queda sitio en tu paquete",
            "{name} tiene algo que combina con {title}.",
            "{count} vendedores te sugieren algo",
        ),
        Kind.FEATURE_ASKED: Text(
            "{name} te pide algo", "Se trata de {title} en un directo.", "{count} peticiones para mostrar prendas"
        ),
        Kind.FEATURE_GRANTED: Text(
            "{name} dice que sí", "{title} puede salir en un directo.", "{count} permisos para mostrar prendas"
        ),
        Kind.THANKED: Text(
            "{name} te da las gracias", "Por mostrar sus prendas en {title}.", "{count} vendedores te dan las gracias"
        ),
    },
    "fr": {
        Kind.SHOW_STARTED: Text("{name} est en direct", "{title}", "{count} lives que vous suivez ont commencé"),
        Kind.PRICE_DROP: Text(
            "{title} passe à {price}",
            "Une pièce que vous aimez est moins chère.",
            "{count} pièces que vous aimez sont moins chères",
        ),
        Kind.OUTBID: Text("Votre enchère est dépassée", "{title} est maintenant à {price}."),
        Kind.WON: Text("Vous avez remporté {title}", "Payez {price} avant la fin du temps."),
        Kind.WON_PAID: Text(
            "Vous avez remporté {title}", "Votre carte enregistrée paie {price}. Vous n’avez plus rien à faire."
        ),
        Kind.HOLD_ENDING: Text("Votre réservation va expirer", "Moins d’une minute pour {title}."),
        Kind.ORDER_SHIPPED: Text(
            "Votre colis est en route", "{name} a expédié {title}.", "{count} colis sont en route"
        ),
        Kind.SOLD: Text(
            "Vendu : {title}",
            "Pour {price}. L’adresse vous attend dans vos commandes.",
            "{count} de vos pièces sont vendues",
        ),
        Kind.PARCEL_OFFER: Text(
            "De la place dans votre colis",
            "{name} a quelque chose qui va avec {title}.",
            "{count} vendeurs vous suggèrent une pièce",
        ),
        Kind.FEATURE_ASKED: Text(
            "{name} vous demande quelque chose",
            "Il s’agit de {title} dans un live.",
            "{count} demandes pour montrer des pièces",
        ),
        Kind.FEATURE_GRANTED: Text(
            "{name} dit oui", "{title} peut passer dans un live.", "{count} accords pour montrer des pièces"
        ),
        Kind.THANKED: Text(
            "{name} vous remercie", "Pour avoir montré ses pièces dans {title}.", "{count} vendeurs vous remercient"
        ),
    },
    "ko": {
        Kind.SHOW_STARTED: Text("{name} 님이 라이브를 시작했어요", "{title}", "팔로우한 라이브 {count}개가 시작됐어요"),
        Kind.PRICE_DROP: Text(
            "{title}, 이제 {price}", "좋아하는 상품의 가격이 내렸어요.", "좋아하는 상품 {count}개의 가격이 내렸어요"
        ),
        Kind.OUTBID: Text("더 높은 입찰이 나왔어요", "{title}, 현재 {price}"),
        Kind.WON: Text("{title} 낙찰!", "시간 안에 {price}을 결제하세요."),
        Kind.WON_PAID: Text("{title} 낙찰!", "저장된 카드로 {price}이 결제됩니다. 더 하실 일은 없습니다."),
        Kind.HOLD_ENDING: Text("예약이 곧 끝나요", "{title} 예약이 1분도 남지 않았어요."),
        Kind.ORDER_SHIPPED: Text(
            "택배가 출발했어요", "{name} 님이 {title}을(를) 보냈어요.", "택배 {count}개가 출발했어요"
        ),
        Kind.SOLD: Text(
            "판매 완료: {title}", "{price}에 팔렸어요. 주소는 주문에서 확인하세요.", "내 상품 {count}개가 팔렸어요"
        ),
        Kind.PARCEL_OFFER: Text(
            "택배에 더 담을 수 있어요", "{name} 님에게 {title}와(과) 어울리는 상품이 있어요.", "판매자 {count}명의 추천"
        ),
        Kind.FEATURE_ASKED: Text("{name} 님의 부탁", "라이브에 {title}을(를) 올리는 일이에요.", "소개 부탁 {count}건"),
        Kind.FEATURE_GRANTED: Text(
            "{name} 님이 수락했어요", "{title}을(를) 라이브에 올릴 수 있어요.", "소개 수락 {count}건"
        ),
        Kind.THANKED: Text("{name} 님이 고마워해요", "{title}에서 소개해 주셔서요.", "판매자 {count}명의 감사 인사"),
    },
    "ar": {
        Kind.SHOW_STARTED: Text("{name} على الهواء الآن", "{title}", "بدأت بثوث تتابعها: {count}"),
        Kind.PRICE_DROP: Text("{title} الآن بـ{price}", "انخفض سعر قطعة تعجبك.", "انخفضت أسعار قطع تعجبك: {count}"),
        Kind.OUTBID: Text("هناك مزايدة أعلى منك", "{title} الآن عند {price}."),
        Kind.WON: Text("فزت بـ{title}", "ادفع {price} قبل انتهاء وقتك."),
        Kind.WON_PAID: Text("فزت بـ{title}", "تدفع بطاقتك المحفوظة {price}. لم يبقَ عليك شيء."),
        Kind.HOLD_ENDING: Text("حجزك على وشك الانتهاء", "بقي أقل من دقيقة على {title}."),
        Kind.ORDER_SHIPPED: Text("طردك في الطريق", "أرسل {name} ‏{title}.", "طرود في الطريق إليك: {count}"),
        Kind.SOLD: Text("بيعت: {title}", "بسعر {price}. العنوان بانتظارك في طلباتك.", "قطع بيعت لك: {count}"),
        Kind.PARCEL_OFFER: Text("في طردك متسع", "لدى {name} ما يناسب {title}.", "اقتراحات من بائعين: {count}"),
        Kind.FEATURE_ASKED: Text("طلب من {name}", "بشأن {title} في بث.", "طلبات عرض: {count}"),
        Kind.FEATURE_GRANTED: Text("وافق {name}", "يمكن عرض {title} في بث.", "موافقات على العرض: {count}"),
        Kind.THANKED: Text("شكر من {name}", "على العرض في {title}.", "رسائل شكر: {count}"),
    },
}

for _language, _texts in SALES.items():
    TEXTS[_language].update(_texts)

MAIL: Final[dict[str, tuple[str, str]]] = {
    "en": ("Open it: {link}", "You get this mail because of your choice at {settings}"),
    "de": ("Öffnen: {link}", "Du bekommst diese E-Mail, weil du es so eingestellt hast: {settings}"),
    "es": ("Ábrelo: {link}", "Recibes este correo por lo que elegiste en {settings}"),
    "fr": ("Ouvrir : {link}", "Vous recevez ce message selon vos réglages : {settings}"),
    "ko": ("열기: {link}", "설정에 따라 보낸 메일이에요: {settings}"),
    "ar": ("افتحه: {link}", "وصلتك هذه الرسالة بحسب اختيارك في {settings}"),
}


def said(message: Message, language: str) -> Said:
    """The message in a language; in English when there is none such."""
    known = language if language in TEXTS else "en"
    notice = message.notice
    text = TEXTS[known][notice.kind]
    values = _values(notice, known)
    if message.count > 1 and text.many:
        return Said(text.many.format(count=message.count), text.title.format(**values))
    return Said(text.title.format(**values), text.body.format(**values))


def mail_text(message: Message, language: str, site: str) -> tuple[str, str]:
    """Subject and plain text of a mail. ``site``: the shop's address without a slash at the end."""
    known = language if language in MAIL else "en"
    words = said(message, known)
    opened, why = MAIL[known]
    link = site + ("/notices" if message.count > 1 else message.notice.path)
    lines = (words.title, words.body, opened.format(link=link), why.format(settings=f"{site}/settings"))
    return words.title, "\n\n".join(lines) + "\n"


def _values(notice: Waiting, language: str) -> dict[str, str]:
    price = money(notice.amount, notice.currency, language) if notice.amount is not None and notice.currency else ""
    return {"title": notice.title, "name": notice.name, "price": price}
