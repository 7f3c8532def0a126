"""The ready styles: manually designed looks, as data, checked by eye on portraits of many complexions."""

from __future__ import annotations

from .grading import (
    ORTHOCHROMATIC,
    PANCHROMATIC,
    PLATINUM,
    SELENIUM,
    SEPIA,
    YELLOW_FILTER,
    HueBand,
    Saturation,
    SplitTone,
    Tint,
)
from .local_light import Light
from .recipes import ReadyRecipe, Recipe
from .tone_curve import ToneCurve

SILVER_GELATIN = ReadyRecipe(
    name="silver-gelatin",
    title="Silver gelatin",
    description="A rich black-and-white print: deep blacks, luminous skin, edges burnt in.",
    card=(
        "A panchromatic scale seen through a yellow filter, so that skin comes up light and clear; firm contrast "
        "with highlights held back, edges burnt in by most of a stop and a little dodging in the middle. Suits "
        "nearly every light; best with some direction in it. Very pale skin in flat, bright light may want less "
        "strength."
    ),
    recipe=Recipe(
        black_and_white=YELLOW_FILTER,
        tone=ToneCurve(contrast=1.3, pivot=0.48, shadows=-0.1, highlights=-0.35, black=0.012, white=0.985),
        lights=(
            Light("surround", stops=-0.7, size=(0.8, 0.85), softness=0.75),
            Light("pool", stops=0.12, size=(0.3, 0.32)),
        ),
    ),
)

LOW_KEY = ReadyRecipe(
    name="low-key",
    title="Low key",
    description="The person steps out of the dark: surroundings burnt down, the light kept on the face.",
    card=(
        "Tones are pressed toward the dark, the surroundings lose two stops and more, and some of their color, "
        "bright backgrounds most of all, and the light stays on the head. Suits portraits on gray or dark grounds "
        "with the person near the middle. On a white ground it gives a dark gray one with a glow behind the head."
    ),
    recipe=Recipe(
        warmth=0.05,
        tone=ToneCurve(exposure=-0.02, contrast=1.18, pivot=0.46, shadows=-0.35, highlights=-0.6, white=0.89),
        saturation=Saturation(overall=0.92, shadows=0.75),
        tints=SplitTone(shadows=Tint(250, 0.006), highlights=Tint(75, 0.008)),
        skin=0.4,
        lights=(
            Light("surround", stops=-2.2, center=(0.5, 0.42), size=(0.95, 1.0), softness=1.0, saturation=-0.3),
            Light("surround", stops=-1.3, center=(0.5, 0.42), size=(0.7, 0.75), softness=1.0, tones=(0.0, 0.2, 1.2)),
            Light("pool", stops=0.55, center=(0.5, 0.42), size=(0.2, 0.24), warmth=0.06, tones=(0.5, 1.3, 0.4)),
        ),
    ),
)

HIGH_KEY = ReadyRecipe(
    name="high-key",
    title="High key",
    description="Bright and airy: open shadows, clean whites, fresh skin.",
    card=(
        "Middle tones are lifted by almost a stop without touching white, shadows are opened, color is calmed and "
        "the edges drift into light. Suits soft daylight, children, light clothes and light walls. Pictures made on "
        "black keep their black, only milder."
    ),
    recipe=Recipe(
        warmth=0.02,
        tone=ToneCurve(exposure=0.85, contrast=1.0, shadows=0.6, highlights=0.3, black=0.035),
        saturation=Saturation(overall=0.9, shadows=0.75, highlights=0.85),
        bands=(HueBand(45, 45, saturation=0.9),),
        skin=0.2,
        lights=(
            Light("surround", stops=1.3, center=(0.5, 0.5), size=(0.75, 0.75), softness=0.85, tones=(0.2, 1.0, 1.3)),
        ),
    ),
)

GOLDEN_HOUR = ReadyRecipe(
    name="golden-hour",
    title="Golden hour",
    description="The last hour of sun: honeyed highlights, warm light from one side, soft olive shadows.",
    card=(
        "The white balance of late sun, honey in the highlights, greens turned toward straw and blues quietened; a "
        "warm pool enters from the upper left and the far edges fall off. Suits outdoor portraits and warm rooms. "
        "Skin warms with the light but is spared much of the tint, so nobody turns orange."
    ),
    recipe=Recipe(
        warmth=0.24,
        tint=0.04,
        tone=ToneCurve(exposure=0.12, contrast=1.02, shadows=0.15, highlights=-0.2, black=0.035, white=0.985),
        saturation=Saturation(overall=1.02, shadows=0.85),
        bands=(HueBand(145, 55, turn=-22, saturation=0.8), HueBand(255, 60, saturation=0.7)),
        tints=SplitTone(shadows=Tint(75, 0.01), midtones=Tint(70, 0.008), highlights=Tint(85, 0.034)),
        skin=0.45,
        lights=(
            Light("pool", stops=0.65, center=(0.08, 0.12), size=(0.45, 0.5), warmth=0.4),
            Light("surround", stops=-0.6, center=(0.4, 0.4), size=(0.9, 0.95), softness=0.7, warmth=0.1),
        ),
    ),
)

NORTHERN_WINDOW = ReadyRecipe(
    name="northern-window",
    title="Northern window light",
    description="A tall window to the left under a pale sky: soft falling light, cool and quiet shadows.",
    card=(
        "Light is given from the left and taken away, stop by stop, toward the lower right; shadows cool and color "
        "steps back, as in a room with one tall window. Suits soft or frontal light, which it models. A person "
        "plainly lit from the right is better served by another look."
    ),
    recipe=Recipe(
        warmth=-0.14,
        tone=ToneCurve(exposure=0.0, contrast=0.98, shadows=0.1, highlights=-0.2, black=0.025, white=0.97),
        saturation=Saturation(overall=0.8, shadows=0.75),
        tints=SplitTone(shadows=Tint(245, 0.02), midtones=Tint(235, 0.007), highlights=Tint(85, 0.004)),
        skin=0.55,
        lights=(
            Light("surround", stops=-1.6, center=(0.0, 0.2), size=(1.5, 1.6), softness=1.0, warmth=-0.12),
            Light("pool", stops=0.7, center=(0.05, 0.25), size=(0.42, 0.5), warmth=0.08),
        ),
    ),
)

FADED_PRINT = ReadyRecipe(
    name="faded-print",
    title="Faded print",
    description="A snapshot from a drawer: milky blacks, creamy whites, colors that have gone soft with the years.",
    card=(
        "Black is lifted to a brown gray, white fades to cream, blues and greens lose much of their life, skin less. "
        "Suits snapshots, families, anything that should feel remembered. It is gentle with hard light."
    ),
    recipe=Recipe(
        warmth=0.1,
        tint=0.04,
        tone=ToneCurve(exposure=0.15, contrast=0.95, shadows=0.1, black=0.13, white=0.93),
        saturation=Saturation(overall=0.82, highlights=0.8),
        bands=(HueBand(255, 55, turn=-22, saturation=0.75), HueBand(145, 50, turn=-15, saturation=0.8)),
        tints=SplitTone(shadows=Tint(20, 0.016), midtones=Tint(60, 0.006), highlights=Tint(90, 0.03)),
        skin=0.3,
    ),
)

COOL_CINEMA = ReadyRecipe(
    name="cool-cinema",
    title="Cool cinema",
    description="A film still at blue hour: teal shadows, skin that stays warm, a soft dark frame.",
    card=(
        "Firm contrast, teal in the shadows and lower middle tones, blues and greens drawn together toward it; skin "
        "is kept out of the cast by hue, and the frame darkens softly. Suits evening light, dark clothes, city "
        "backgrounds. Bright blue clothes turn to petrol."
    ),
    recipe=Recipe(
        warmth=-0.06,
        tone=ToneCurve(exposure=-0.1, contrast=1.16, pivot=0.5, highlights=-0.2, black=0.03, white=0.96),
        saturation=Saturation(overall=0.86, shadows=0.75),
        bands=(
            HueBand(255, 60, turn=-28, saturation=0.8),
            HueBand(145, 60, turn=28, saturation=0.7),
        ),
        tints=SplitTone(shadows=Tint(214, 0.034), midtones=Tint(210, 0.014), highlights=Tint(75, 0.012)),
        skin=0.7,
        lights=(Light("surround", stops=-0.6, size=(0.85, 0.8), softness=0.7, warmth=-0.1),),
    ),
)

WARM_SLIDE = ReadyRecipe(
    name="warm-slide",
    title="Warm slide film",
    description="Slides on a light table: saturated color, crisp contrast, sun in the whites.",
    card=(
        "More contrast, purer colors and a touch of warmth, with skin held back so that faces do not glow. Suits "
        "plain daylight and overcast skies that want some life. Pictures that are strong already may want it at half "
        "strength."
    ),
    recipe=Recipe(
        warmth=0.13,
        tint=0.04,
        tone=ToneCurve(exposure=0.08, contrast=1.27, pivot=0.46, highlights=-0.1),
        saturation=Saturation(overall=1.28, shadows=1.05, highlights=0.95),
        bands=(HueBand(258, 50, saturation=0.9), HueBand(52, 35, saturation=0.82)),
        tints=SplitTone(highlights=Tint(62, 0.022), shadows=Tint(310, 0.006)),
        skin=0.6,
    ),
)

PLATINUM_PRINT = ReadyRecipe(
    name="platinum-print",
    title="Platinum print",
    description="A long, quiet scale of warm grays on matte paper; nothing quite black, nothing quite white.",
    card=(
        "All colors weighed evenly, contrast slightly lower than the scene's, black no deeper than matte paper "
        "gives, and a warm gray through the whole scale. Suits character, wrinkles, cloth, soft light, where detail "
        "in every tone matters more than punch."
    ),
    recipe=Recipe(
        black_and_white=PANCHROMATIC,
        tone=ToneCurve(exposure=0.12, contrast=0.97, shadows=0.1, highlights=-0.15, black=0.09, white=0.94),
        tints=PLATINUM,
    ),
)

ORTHOCHROMATIC_PLATE = ReadyRecipe(
    name="orthochromatic-plate",
    title="Orthochromatic plate",
    description="A glass plate of the 1900s, blind to red: darkened lips and freckles, pale eyes, sepia paper.",
    card=(
        "An emulsion that sees blue and green and hardly any red: lips, freckles and ruddy cheeks darken, blue eyes "
        "pale. Printed with firm contrast on sepia paper with burnt corners. Suits character portraits; it is not "
        "kind to blemishes."
    ),
    recipe=Recipe(
        black_and_white=ORTHOCHROMATIC,
        tone=ToneCurve(exposure=0.35, contrast=1.25, pivot=0.45, shadows=0.1, black=0.05, white=0.96),
        tints=SEPIA,
        lights=(
            Light("surround", stops=-1.0, center=(0.5, 0.45), size=(0.78, 0.82), softness=0.65),
            Light("pool", stops=0.2, size=(0.3, 0.35)),
        ),
    ),
)

SELENIUM_PRINT = ReadyRecipe(
    name="selenium-print",
    title="Selenium print",
    description="A cold black-and-white print in selenium: plum-black shadows, clear cool whites.",
    card=(
        "An even panchromatic scale at firm contrast, the shadows toned plum and the whites left clean, as selenium "
        "does. Suits directional light and dark clothes. The cooler sister of the silver gelatin print."
    ),
    recipe=Recipe(
        black_and_white=PANCHROMATIC,
        tone=ToneCurve(exposure=0.0, contrast=1.28, pivot=0.5, highlights=0.1, black=0.02),
        tints=SELENIUM,
        lights=(Light("surround", stops=-0.4, size=(0.9, 0.9), softness=0.7),),
    ),
)

SOFT_PASTEL = ReadyRecipe(
    name="soft-pastel",
    title="Soft pastel",
    description="Powdery and tender: lifted shadows in lilac, peach light, gentle contrast.",
    card=(
        "Low contrast on lifted lilac shadows, peach in the light, strong colors thinned to powder. Suits soft "
        "light, spring, weddings, children. Hard light stays visible but loses its bite."
    ),
    recipe=Recipe(
        warmth=0.02,
        tint=0.06,
        tone=ToneCurve(exposure=0.42, contrast=0.84, shadows=0.2, highlights=-0.2, black=0.12, white=0.975),
        saturation=Saturation(overall=0.82, shadows=0.75),
        bands=(
            HueBand(145, 60, turn=18, saturation=0.75),
            HueBand(90, 35, turn=-8, saturation=0.8),
            HueBand(275, 50, turn=-8, saturation=0.85),
        ),
        tints=SplitTone(shadows=Tint(290, 0.032), midtones=Tint(335, 0.01), highlights=Tint(45, 0.022)),
        skin=0.6,
    ),
)

READY_RECIPES: tuple[ReadyRecipe, ...] = (
    SILVER_GELATIN,
    LOW_KEY,
    HIGH_KEY,
    GOLDEN_HOUR,
    NORTHERN_WINDOW,
    FADED_PRINT,
    COOL_CINEMA,
    WARM_SLIDE,
    PLATINUM_PRINT,
    ORTHOCHROMATIC_PLATE,
    SELENIUM_PRINT,
    SOFT_PASTEL,
)
