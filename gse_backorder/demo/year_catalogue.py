"""Whom the company of the demo's year buys from, what, and who buys it."""

from typing import NamedTuple


class Vendor(NamedTuple):
    name: str
    city: str
    country: str  # its code
    delay: int  # days that it promises
    late: int  # days that it takes longer
    category: str
    products: tuple  # of Product


class Product(NamedTuple):
    name: str
    price: float
    pack: int  # it is ordered and sold in so many, or a multiple
    tracking: str = "none"


VENDORS = (
    Vendor("Scandia Timber AB", "Sundsvall", "SE", 21, 0, "Timber", (
        Product("Spruce batten 24 × 48, 4 m", 3.2, 50),
        Product("Roof truss, 9 m", 148, 4),
        Product("Larch cladding, m²", 41, 20),
        Product("Glulam beam 120 × 320, 8 m", 236, 2),
        Product("OSB panel 18 mm", 19.5, 30),
        Product("Birch plywood 12 mm", 44, 15),
        Product("Decking board 145 mm, 4 m", 17.9, 40),
        Product("Fence post 90 × 90", 12.4, 25),
    )),
    Vendor("Carpathia Windows SRL", "Cluj-Napoca", "RO", 28, 12, "Windows and doors", (
        Product("Window 100 × 120, triple glazed", 384, 4),
        Product("Balcony door 90 × 215", 612, 2),
        Product("Front door, oak", 1240, 1),
        Product("Inner door 83 × 201", 139, 6),
        Product("Sliding door, 3 m", 2180, 1),
        Product("Window sill, 2 m", 36, 10),
        Product("Roller shutter 120", 172, 5),
        Product("Skylight dome 90 × 90", 328, 2),
    )),
    Vendor("Adria Tiles d.o.o.", "Rijeka", "HR", 21, 9, "Tiles", (
        Product("Floor tile 60 × 60, grey, m²", 24.5, 30, "lot"),
        Product("Wall tile 30 × 60, white, m²", 18.9, 30, "lot"),
        Product("Mosaic, sheet", 13.2, 20, "lot"),
        Product("Tile adhesive, 25 kg", 16.8, 20),
        Product("Grout, 5 kg", 9.4, 20),
        Product("Terrace slab 60 × 60", 21.6, 24),
        Product("Step tile 120", 47, 8),
        Product("Levelling clips, 250", 22, 10),
    )),
    Vendor("Rhine Chemicals GmbH", "Ludwigshafen", "DE", 7, 0, "Paints and sealing", (
        Product("Facade paint, 15 l", 96, 8, "lot"),
        Product("Primer, 10 l", 48, 8),
        Product("Silicone, white", 6.9, 24),
        Product("Mounting foam", 8.2, 24),
        Product("Bitumen membrane, 10 m", 54, 12),
        Product("Wood oil, 5 l", 71, 6),
        Product("Joint tape, 50 m", 12.6, 20),
        Product("Epoxy floor set", 189, 3, "lot"),
    )),
    Vendor("Lumen Electric BV", "Eindhoven", "NL", 10, 0, "Electrical", (
        Product("Cable 3G2.5, 100 m", 92, 6),
        Product("Distribution board, 24 modules", 118, 4),
        Product("Circuit breaker 16 A", 7.8, 30),
        Product("Socket, double", 9.9, 40),
        Product("LED panel 60 × 60", 38, 12),
        Product("Outdoor light", 57, 8),
        Product("Junction box", 2.1, 60),
        Product("Conduit 20 mm, 25 m", 19, 20),
    )),
    Vendor("Hydra Plumbing NV", "Liège", "BE", 10, 0, "Plumbing", (
        Product("Copper pipe 22 mm, 5 m", 43, 15),
        Product("Radiator 22 × 60 × 120", 214, 4),
        Product("Water heater 150 l", 498, 2),
        Product("Basin mixer", 79, 6),
        Product("Wall-hung toilet", 169, 4),
        Product("Drain pipe 110, 3 m", 14.5, 20),
        Product("Ball valve 3/4", 11.2, 25),
        Product("Floor heating loop, 120 m", 88, 6),
    )),
    Vendor("Ardennes Stone SA", "Namur", "BE", 14, 0, "Masonry", (
        Product("Clay brick, pallet of 500", 385, 3),
        Product("Aerated block 15 cm", 4.6, 60),
        Product("Cement, 25 kg", 8.7, 40),
        Product("Blue stone sill, 1.5 m", 94, 5),
        Product("Lintel 150", 27, 10),
        Product("Reinforcing mesh 5 × 2 m", 33, 20),
        Product("Damp course, 30 m", 18, 12),
        Product("Paving stone, m²", 31, 25),
    )),
    Vendor("Ferrum Tools SpA", "Brescia", "IT", 14, 0, "Fixings and tools", (
        Product("Wood screw 6 × 120, 100", 21, 20),
        Product("Anchor bolt M12, 50", 46, 10),
        Product("Joist hanger 60", 3.4, 50),
        Product("Scaffold plank", 62, 10),
        Product("Cordless drill, 18 V", 199, 3),
        Product("Safety helmet", 24, 10),
        Product("Wheelbarrow", 84, 4),
        Product("Ladder, 3 × 10 rungs", 318, 2),
    )),
)  # fmt: skip

# What the purchaser has lost sight of lately: it is sold, and nobody orders it.
NEGLECTED = (
    "Roof truss, 9 m",
    "Roller shutter 120",
    "Step tile 120",
    "Wood oil, 5 l",
    "LED panel 60 × 60",
    "Water heater 150 l",
    "Blue stone sill, 1.5 m",
    "Scaffold plank",
)
# What a vendor has cancelled: its customers had a promise, and have it no more.
CANCELLED = ("Front door, oak", "Skylight dome 90 × 90", "Mosaic, sheet")
# A kit, where manufacturing is there: its components, and how many of each.
KIT = ("Bathroom set", 289, {"Basin mixer": 1, "Wall-hung toilet": 1, "Silicone, white": 2})

CUSTOMERS = (
    ("Alpha Bouw BV", "Utrecht", "NL"), ("Atelier Lambert", "Lyon", "FR"), ("Aurora Homes Oy", "Turku", "FI"),
    ("Bâti Conseil SARL", "Nantes", "FR"), ("Bergmann & Söhne", "Bremen", "DE"), ("Casa Nova Lda", "Porto", "PT"),
    ("Cantiere Verde Srl", "Bologna", "IT"), ("Dakwerken Peeters", "Leuven", "BE"), ("Delta Roofing Ltd", "Cork", "IE"),
    ("Domus Projekt Kft", "Győr", "HU"), ("Eifel Holzbau", "Trier", "DE"), ("Elan Rénovation", "Lille", "FR"),
    ("Fjord Bygg AS", "Bergen", "NO"), ("Flanders Facades", "Ghent", "BE"), ("Garden & Deck BV", "Breda", "NL"),
    ("Granit Invest", "Luxembourg", "LU"), ("Hansa Hochbau", "Hamburg", "DE"), ("Huisman Interieur", "Arnhem", "NL"),
    ("Iberia Obras SL", "Valencia", "ES"), ("Isola Impianti", "Cagliari", "IT"), ("Jura Toitures", "Besançon", "FR"),
    ("Kempen Constructie", "Turnhout", "BE"), ("Kowalski Budowa", "Wrocław", "PL"), ("La Maison Bleue", "Nice", "FR"),
    ("Limburg Living", "Hasselt", "BE"), ("Lindqvist Bygg AB", "Malmö", "SE"), ("Meuse Habitat", "Huy", "BE"),
    ("Moravia Stavby", "Brno", "CZ"), ("Nordlicht Immobilien", "Kiel", "DE"), ("Oostende Marine", "Ostend", "BE"),
    ("Praxis Umbau GmbH", "Graz", "AT"), ("Quadrat Architekten", "Basel", "CH"), ("Riviera Piscines", "Toulon", "FR"),
    ("Scheldt Works NV", "Antwerp", "BE"), ("Solid Floors Ltd", "Dublin", "IE"), ("Terra Casa", "Verona", "IT"),
    ("Uccle Rénov", "Brussels", "BE"), ("Van Dijk Afbouw", "Rotterdam", "NL"), ("Vista Alta SA", "Bilbao", "ES"),
    ("Zennevallei Wonen", "Halle", "BE"),
)  # fmt: skip
