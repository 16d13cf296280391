"""What a push or a mail says about the turns that a sale takes: bids, wins, offers, lines, giveaways, refunds. Pure."""

from __future__ import annotations

from typing import Final

from hosts.notices.kinds import Kind
from hosts.notices.text import Text

SALES: Final[dict[str, dict[Kind, Text]]] = {
    "en": {
        Kind.BID_CONFIRM: Text("Confirm your bid", "Your bank asks about {price} for {title}."),
        Kind.SECOND_CHANCE: Text("{title} can be yours", "The winner has not paid. It is held for you at {price}."),
        Kind.WIN_LAPSED: Text(
            "Your time to pay is over",
            "{title} is no longer held for you.",
            "{count} pieces are no longer held for you",
        ),
        Kind.NOT_PAID: Text(
            "{title} was not paid for",
            "It is offered to the next bidder, or is on sale again.",
            "{count} wins were not paid",
        ),
        Kind.CAME_FREE: Text("{title} came free", "It is held for you for a few minutes."),
        Kind.OFFER_MADE: Text("An offer for {title}", "{price}. Accept, counter or decline.", "{count} new offers"),
        Kind.OFFER_COUNTERED: Text("A counter-offer", "{title} for {price}?"),
        Kind.OFFER_ACCEPTED: Text("Agreed", "{title} for {price}."),
        Kind.OFFER_DECLINED: Text(
            "Your offer was declined", "{title} stays at its price.", "{count} of your offers were declined"
        ),
        Kind.GIVEAWAY_WON: Text("You won {title}", "It is in your bag: only shipping is left to pay."),
        Kind.REFUNDED: Text("{price} come back to you", "For {title}. Banks need some days.", "{count} refunds"),
        Kind.SALE_UNDONE: Text(
            "{price} went back to the buyer",
            "It is about {title}. See it with your orders.",
            "{count} refunds to your buyers",
        ),
        Kind.REFUND_FAILED: Text(
            "A refund did not reach the buyer",
            "The bank did not take {price} for {title}. Try again, or agree on another way.",
            "{count} refunds did not reach your buyers",
        ),
        Kind.REFUND_OWED: Text(
            "Your refund did not arrive",
            "The bank did not take {price} for {title}. It is still owed to you.",
            "{count} of your refunds did not arrive",
        ),
    },
    "de": {
        Kind.BID_CONFIRM: Text("Bestätige dein Gebot", "Deine Bank fragt wegen {price} für {title}."),
        Kind.SECOND_CHANCE: Text(
            "{title} kann dir gehören", "Wer gewonnen hat, hat nicht bezahlt. Es ist für {price} für dich reserviert."
        ),
        Kind.WIN_LAPSED: Text(
            "Deine Zeit zum Bezahlen ist vorbei",
            "{title} ist nicht mehr für dich reserviert.",
            "{count} Stücke sind nicht mehr für dich reserviert",
        ),
        Kind.NOT_PAID: Text(
            "{title} wurde nicht bezahlt",
            "Es geht an das nächste Gebot oder ist wieder zu kaufen.",
            "{count} Zuschläge wurden nicht bezahlt",
        ),
        Kind.CAME_FREE: Text("{title} ist frei geworden", "Es ist ein paar Minuten für dich reserviert."),
        Kind.OFFER_MADE: Text(
            "Ein Angebot für {title}", "{price}. Nimm an, antworte oder lehne ab.", "{count} neue Angebote"
        ),
        Kind.OFFER_COUNTERED: Text("Ein Gegenangebot", "{title} für {price}?"),
        Kind.OFFER_ACCEPTED: Text("Abgemacht", "{title} für {price}."),
        Kind.OFFER_DECLINED: Text(
            "Dein Angebot wurde abgelehnt", "{title} behält seinen Preis.", "{count} deiner Angebote wurden abgelehnt"
        ),
        Kind.GIVEAWAY_WON: Text("Du hast {title} gewonnen", "Es liegt in deiner Tasche: Du zahlst nur den Versand."),
        Kind.REFUNDED: Text(
            "{price} kommen zu dir zurück", "Für {title}. Banken brauchen ein paar Tage.", "{count} Erstattungen"
        ),
        Kind.SALE_UNDONE: Text(
            "{price} gingen zurück",
            "Es geht um {title}. Sieh bei deinen Bestellungen nach.",
            "{count} Erstattungen an deine Käufer",
        ),
        Kind.REFUND_FAILED: Text(
            "Eine Erstattung kam nicht an",
            "Die Bank nahm {price} für {title} nicht an. Versuche es erneut oder sprich einen anderen Weg ab.",
            "{count} Erstattungen kamen nicht an",
        ),
        Kind.REFUND_OWED: Text(
            "Deine Erstattung kam nicht an",
            "Die Bank nahm {price} für {title} nicht an. Der Betrag steht dir weiter zu.",
            "{count} deiner Erstattungen kamen nicht an",
        ),
    },
    "es": {
        Kind.BID_CONFIRM: Text("Confirma tu puja", "Tu banco pregunta por {price} para {title}."),
        Kind.SECOND_CHANCE: Text(
            "{title} puede ser tuyo", "Quien ganó no ha pagado. Está reservado para ti por {price}."
        ),
        Kind.WIN_LAPSED: Text(
            "Se acabó tu tiempo para pagar",
            "{title} ya no está reservado para ti.",
            "{count} prendas ya no están reservadas para ti",
        ),
        Kind.NOT_PAID: Text(
            "{title} no se ha pagado",
            "Se ofrece a la siguiente puja o vuelve a estar en venta.",
            "{count} subastas sin pagar",
        ),
        Kind.CAME_FREE: Text("{title} ha quedado libre", "Está reservado para ti durante unos minutos."),
        Kind.OFFER_MADE: Text(
            "Una oferta por {title}", "{price}. Acéptala, responde o recházala.", "{count} ofertas nuevas"
        ),
        Kind.OFFER_COUNTERED: Text("Una contraoferta", "¿{title} por {price}?"),
        Kind.OFFER_ACCEPTED: Text("Trato hecho", "{title} por {price}."),
        Kind.OFFER_DECLINED: Text(
            "Tu oferta fue rechazada", "{title} mantiene su precio.", "{count} de tus ofertas fueron rechazadas"
        ),
        Kind.GIVEAWAY_WON: Text("Has ganado {title}", "Está en tu bolsa: solo falta pagar el envío."),
        Kind.REFUNDED: Text("Te devuelven {price}", "Por {title}. Los bancos tardan unos días.", "{count} reembolsos"),
        Kind.SALE_UNDONE: Text(
            "Se han devuelto {price}",
            "Se trata de {title}. Míralo en tus pedidos.",
            "{count} reembolsos a quienes te compraron",
        ),
        Kind.REFUND_FAILED: Text(
            "Un reembolso no ha llegado",
            "El banco no aceptó {price} por {title}. Inténtalo de nuevo o acuerda otra forma.",
            "{count} reembolsos no han llegado",
        ),
        Kind.REFUND_OWED: Text(
            "Tu reembolso no ha llegado",
            "El banco no aceptó {price} por {title}. Se te sigue debiendo.",
            "{count} de tus reembolsos no han llegado",
        ),
    },
    "fr": {
        Kind.BID_CONFIRM: Text("Confirmez votre enchère", "Votre banque demande {price} pour {title}."),
        Kind.SECOND_CHANCE: Text(
            "{title} peut être à vous", "Le gagnant n’a pas payé. La pièce vous est réservée à {price}."
        ),
        Kind.WIN_LAPSED: Text(
            "Le temps de paiement est écoulé",
            "{title} ne vous est plus réservé.",
            "{count} pièces ne vous sont plus réservées",
        ),
        Kind.NOT_PAID: Text(
            "{title} n’a pas été payé",
            "La pièce est proposée à l’enchère suivante ou de nouveau en vente.",
            "{count} enchères gagnées n’ont pas été payées",
        ),
        Kind.CAME_FREE: Text("{title} est libre", "La pièce vous est réservée pendant quelques minutes."),
        Kind.OFFER_MADE: Text(
            "Une offre pour {title}", "{price}. Acceptez, répondez ou refusez.", "{count} nouvelles offres"
        ),
        Kind.OFFER_COUNTERED: Text("Une contre-offre", "{title} pour {price} ?"),
        Kind.OFFER_ACCEPTED: Text("C’est d’accord", "{title} pour {price}."),
        Kind.OFFER_DECLINED: Text(
            "Votre offre a été refusée", "{title} garde son prix.", "{count} de vos offres ont été refusées"
        ),
        Kind.GIVEAWAY_WON: Text(
            "Vous avez gagné {title}", "La pièce est dans votre panier : il ne reste que la livraison à payer."
        ),
        Kind.REFUNDED: Text(
            "{price} vous reviennent", "Pour {title}. Les banques prennent quelques jours.", "{count} remboursements"
        ),
        Kind.SALE_UNDONE: Text(
            "{price} ont été remboursés",
            "Il s’agit de {title}. Voyez vos commandes.",
            "{count} remboursements à vos acheteurs",
        ),
        Kind.REFUND_FAILED: Text(
            "Un remboursement n’est pas arrivé",
            "La banque n’a pas accepté {price} pour {title}. Réessayez ou convenez d’un autre moyen.",
            "{count} remboursements ne sont pas arrivés",
        ),
        Kind.REFUND_OWED: Text(
            "Votre remboursement n’est pas arrivé",
            "La banque n’a pas accepté {price} pour {title}. La somme vous reste due.",
            "{count} de vos remboursements ne sont pas arrivés",
        ),
    },
    "ko": {
        Kind.BID_CONFIRM: Text("입찰을 확인해 주세요", "은행에서 {title} 입찰 {price}을 확인하고 있어요."),
        Kind.SECOND_CHANCE: Text("{title}, 기회가 왔어요", "낙찰자가 결제하지 않아 {price}에 예약해 두었어요."),
        Kind.WIN_LAPSED: Text("결제 시간이 지났어요", "{title} 예약이 끝났어요.", "상품 {count}개의 예약이 끝났어요"),
        Kind.NOT_PAID: Text(
            "{title} 결제가 되지 않았어요",
            "다음 입찰자에게 제안되거나 다시 판매돼요.",
            "낙찰 {count}건이 결제되지 않았어요",
        ),
        Kind.CAME_FREE: Text("{title}이(가) 풀렸어요", "몇 분 동안 예약해 두었어요."),
        Kind.OFFER_MADE: Text("{title} 가격 제안", "{price}. 수락, 역제안 또는 거절하세요.", "새 제안 {count}건"),
        Kind.OFFER_COUNTERED: Text("역제안이 왔어요", "{title}, {price}은 어때요?"),
        Kind.OFFER_ACCEPTED: Text("합의했어요", "{title}, {price}"),
        Kind.OFFER_DECLINED: Text("제안이 거절됐어요", "{title} 가격은 그대로예요.", "제안 {count}건이 거절됐어요"),
        Kind.GIVEAWAY_WON: Text("{title} 당첨!", "장바구니에 있어요. 배송비만 내면 돼요."),
        Kind.REFUNDED: Text("{price} 환불", "{title} 환불이에요. 은행에 따라 며칠 걸려요.", "환불 {count}건"),
        Kind.SALE_UNDONE: Text(
            "{price}이 구매자에게 환불됐어요", "{title} 건이에요. 주문에서 확인하세요.", "구매자 환불 {count}건"
        ),
        Kind.REFUND_FAILED: Text(
            "환불이 전달되지 않았어요",
            "은행에서 {title} 환불 {price}을 받지 않았어요. 다시 시도하거나 다른 방법을 정해 주세요.",
            "환불 {count}건이 전달되지 않았어요",
        ),
        Kind.REFUND_OWED: Text(
            "환불이 도착하지 않았어요",
            "은행에서 {title} 환불 {price}을 받지 않았어요. 이 금액은 아직 돌려받을 수 있어요.",
            "환불 {count}건이 도착하지 않았어요",
        ),
    },
    "ar": {
        Kind.BID_CONFIRM: Text("أكّد مزايدتك", "يسألك مصرفك عن {price} مقابل {title}."),
        Kind.SECOND_CHANCE: Text("{title} قد تكون لك", "لم يدفع الفائز. القطعة محجوزة لك بسعر {price}."),
        Kind.WIN_LAPSED: Text("انتهى وقت الدفع", "لم تعد {title} محجوزة لك.", "قطع لم تعد محجوزة لك: {count}"),
        Kind.NOT_PAID: Text(
            "لم يُدفع ثمن {title}", "تُعرض على المزايد التالي أو تعود إلى البيع.", "مزادات لم يُدفع ثمنها: {count}"
        ),
        Kind.CAME_FREE: Text("{title} متاحة الآن", "محجوزة لك لبضع دقائق."),
        Kind.OFFER_MADE: Text("عرض على {title}", "{price}. اقبل أو قدّم عرضًا مقابلًا أو ارفض.", "عروض جديدة: {count}"),
        Kind.OFFER_COUNTERED: Text("عرض مقابل", "{title} بسعر {price}؟"),
        Kind.OFFER_ACCEPTED: Text("تم الاتفاق", "{title} بسعر {price}."),
        Kind.OFFER_DECLINED: Text("رُفض عرضك", "يبقى سعر {title} كما هو.", "عروض لك رُفضت: {count}"),
        Kind.GIVEAWAY_WON: Text("فزت بـ{title}", "القطعة في حقيبتك: لم يبقَ إلا دفع الشحن."),
        Kind.REFUNDED: Text("يعود إليك {price}", "عن {title}. تحتاج المصارف إلى بضعة أيام.", "مبالغ مستردة: {count}"),
        Kind.SALE_UNDONE: Text(
            "أُعيد {price} إلى المشتري", "بشأن {title}. انظر طلباتك.", "مبالغ أُعيدت إلى مشتريك: {count}"
        ),
        Kind.REFUND_FAILED: Text(
            "لم يصل مبلغ مسترد",
            "لم يقبل المصرف {price} عن {title}. حاول مجددًا أو اتفق على طريقة أخرى.",
            "مبالغ مستردة لم تصل: {count}",
        ),
        Kind.REFUND_OWED: Text(
            "لم يصل المبلغ المسترد إليك",
            "لم يقبل المصرف {price} عن {title}. لا يزال المبلغ حقًا لك.",
            "مبالغ مستردة لم تصل إليك: {count}",
        ),
    },
}
