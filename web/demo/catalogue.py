"""Who lives in the demo and what hangs in their closets."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "closetcast-demo"  # noqa: S105  (printed at each start; the demo has no secrets)
CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    handle: str
    name: str
    bio: str

    @property
    def email(self) -> str:
        return f"{self.handle}@demo.closetcast.example"


@dataclass(frozen=True, slots=True)
class DemoListing:
    seller: str  # handle
    title: str
    brand: str
    size: str
    category: str
    condition: str
    price: int  # minor units
    story: str
    garment: str  # a shape of garments.py
    colour: str
    quantity: int = 1


HOST = DemoPerson("mara", "Mara Lind", "Wool, denim and the odd party dress. Live on most evenings.")
MODERATOR = DemoPerson("sam", "Sam Okafor", "I keep Mara's room kind.")
SELLERS = (
    DemoPerson("lena", "Lena Fuchs", "Clearing out ten years of good coats."),
    DemoPerson("tanaka", "Jo Tanaka", "Vintage denim, mended with care."),
    DemoPerson("kit", "Kit Alvarez", "Small closet, big colours."),
)
VIEWERS = (
    DemoPerson("ana", "Ana Reyes", "Here for the linen."),
    DemoPerson("noor", "Noor Haddad", "Size M, always."),
    DemoPerson("finn", "Finn Berg", "Learning to sell what I no longer wear."),
)
PEOPLE = (HOST, MODERATOR, *SELLERS, *VIEWERS)

LISTINGS = (
    DemoListing("lena", "Camel wool coat", "Arket", "M", "outerwear", "like_new", 8900,
                "Worn one winter. Double faced wool, falls below the knee.", "coat", "#b88a5a"),
    DemoListing("lena", "Green trench", "Burberry", "S", "outerwear", "good", 14500,
                "My interview coat. It got me two jobs.", "coat", "#5f7355"),
    DemoListing("lena", "Silk slip dress", "& Other Stories", "S", "dresses", "like_new", 4200,
                "Bias cut, midnight blue. Danced in twice.", "dress", "#2f3e6b"),
    DemoListing("tanaka", "501 jeans, 1994", "Levi's", "W29 L32", "bottoms", "good", 6400,
                "Mended at the left knee with sashiko stitches.", "jeans", "#4a6a94"),
    DemoListing("tanaka", "Chore jacket", "Le Mont St Michel", "M", "outerwear", "worn", 3800,
                "Moleskin, faded where it should be.", "jacket", "#3c5a80"),
    DemoListing("tanaka", "Striped knit", "Saint James", "M", "tops", "good", 3300,
                "The real one, heavy cotton.", "sweater", "#c9c3b5"),
    DemoListing("kit", "Tangerine bag", "Mansur Gavriel", "", "bags", "like_new", 9900,
                "Holds a book, a bottle and a secret.", "bag", "#d9702f"),
    DemoListing("kit", "Pleated midi skirt", "COS", "S", "bottoms", "new", 2900,
                "Tags still on. Wrong size, right colour.", "skirt", "#8c3f5a"),
    DemoListing("kit", "Enamel pins", "", "", "accessories", "new", 600,
                "Made these last summer; four left.", "pin", "#d4a017", quantity=4),
    DemoListing("mara", "Cashmere roll neck", "Uniqlo", "M", "tops", "good", 2600,
                "Soft as a cat. No pilling.", "sweater", "#7b4b46"),
    DemoListing("mara", "Linen summer dress", "Toast", "M", "dresses", "good", 5200,
                "Pockets. It has pockets.", "dress", "#d8b7a0"),
    DemoListing("mara", "White canvas sneakers", "Veja", "39", "shoes", "good", 3500,
                "Cleaned and re-laced.", "shoes", "#efece4"),
)  # fmt: skip

CHATTER = (
    ("ana", "hi everyone, just in from work"),
    ("noor", "is it true to size?"),
    ("finn", "that colour!"),
    ("ana", "what does the inside look like?"),
    ("noor", "the length is perfect for rain"),
    ("finn", "first show for me, this is fun"),
    ("ana", "could you hold it closer to the light?"),
    ("noor", "how does the postage work if I buy two?"),
    ("sam", "two pieces from one closet travel in one parcel, so you pay postage once"),
    ("finn", "I have one like it, never knew it was worth something"),
    ("ana", "jo mends so beautifully"),
    ("noor", "adding it to my bag before somebody else does"),
)
TITLE = "Sunday wardrobe: coats, denim and friends"
DESCRIPTION = "Pieces from my closet and from people whose taste I trust. Ask me anything."
