"""Where a parcel goes. Pure."""

from __future__ import annotations

import msgspec

from cart.errors import InvalidCheckout

# ISO 3166-1 alpha-2, the officially assigned codes.
_ASSIGNED = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD
CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF
GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI
SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI
VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_ASSIGNED.split())

# Field -> (label, longest, required). No postcode and no region in many countries, so neither is required.
FIELDS: dict[str, tuple[str, int, bool]] = {
    "name": ("The name", 80, True),
    "line1": ("The first address line", 120, True),
    "line2": ("The second address line", 120, False),
    "city": ("The city", 80, True),
    "region": ("The region", 80, False),
    "postcode": ("The postcode", 20, False),
}


class Address(msgspec.Struct, frozen=True):
    name: str
    line1: str
    city: str
    country: str  # ISO 3166-1 alpha-2
    line2: str = ""
    region: str = ""
    postcode: str = ""


def clean(raw: Address) -> Address:
    """Trimmed, country in capitals. Raises: InvalidCheckout, which names the field and says what is accepted."""
    fields = {name: _line(name, getattr(raw, name)) for name in FIELDS}
    country = raw.country.strip().upper()
    if country not in COUNTRIES:
        raise InvalidCheckout("Give the country as its two-letter ISO code, like US or DE.", field="country")
    return Address(country=country, **fields)


def _line(name: str, raw: str) -> str:
    label, longest, required = FIELDS[name]
    text = raw.strip()
    if required and not text:
        raise InvalidCheckout(f"{label} is missing.", field=name)
    if len(text) > longest:
        raise InvalidCheckout(f"{label} is longer than {longest} characters.", field=name)
    if not text.isprintable():
        raise InvalidCheckout(f"{label} must be one line of plain text.", field=name)
    return text
